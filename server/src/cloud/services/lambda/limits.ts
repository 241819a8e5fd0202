import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionRef, invalidValue, LATEST, type Scope, withoutType } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { resolve } from './resolve.ts'
import { type FunctionRow, functionList, functionOf } from './store.ts'

/** What AWS gives an account and Region; `MACHINE_ENVIRONMENTS` is what runs here at once. */
const ACCOUNT_CONCURRENCY = 1000
const LEAST_UNRESERVED = 100

export const concurrencyOperations = (parts: LambdaParts) =>
  ({
    async PutFunctionConcurrency(input, ctx) {
      const count = input.ReservedConcurrentExecutions!
      const { name, qualifier } = functionRef(input.FunctionName)
      if (qualifier) {
        throw invalidValue(
          'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
        )
      }
      const { id } = await functionOf(parts.kernel.database, ctx, name, LATEST)
      const others = (await functionList(parts.kernel.database, ctx)).filter((fn) => fn.id !== id)
      if (ACCOUNT_CONCURRENCY - reservedBy(others) - count < LEAST_UNRESERVED) {
        throw withoutType(
          'InvalidParameterValueException',
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
        )
      }
      await setReserved(parts, ctx, input.FunctionName, count)
      return { ReservedConcurrentExecutions: count }
    },
    async GetFunctionConcurrency(input, ctx) {
      const { fn } = await resolve(parts, ctx, input)
      const count = fn.reserved_concurrency
      return count === null ? {} : { ReservedConcurrentExecutions: count }
    },
    async DeleteFunctionConcurrency(input, ctx) {
      await setReserved(parts, ctx, input.FunctionName, null)
      return {}
    },

    async GetAccountSettings(_input, ctx) {
      const functions = await functionList(parts.kernel.database, ctx)
      return {
        AccountLimit: {
          TotalCodeSize: 80_530_636_800,
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: ACCOUNT_CONCURRENCY,
          UnreservedConcurrentExecutions: ACCOUNT_CONCURRENCY - reservedBy(functions),
        },
        AccountUsage: {
          TotalCodeSize: await storedBytes(parts, ctx, functions),
          FunctionCount: functions.length,
        },
      }
    },
  }) satisfies Operations<Lambda>

/** Each version counts, also of what is the same package, and each of a layer that is there. */
async function storedBytes({ kernel }: LambdaParts, scope: Scope, functions: FunctionRow[]) {
  const tables = kernel.database.tables<LambdaTables>()
  const versions = await tables
    .selectFrom('lambda_version')
    .select(['function_id', 'code_bytes'])
    .execute()
  const layers = await tables
    .selectFrom('lambda_layer_version')
    .select('code_bytes')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('is_deleted', '=', 0)
    .execute()
  const ids = new Set(functions.map(({ id }) => id))
  const own = versions.filter((row) => ids.has(row.function_id))
  return [...own, ...layers].reduce((sum, row) => sum + Number(row.code_bytes), 0)
}

const reservedBy = (functions: FunctionRow[]) =>
  functions.reduce((sum, fn) => sum + (fn.reserved_concurrency ?? 0), 0)

async function setReserved(
  parts: LambdaParts,
  ctx: RequestContext,
  name: string | undefined,
  count: number | null,
): Promise<void> {
  const fn = await functionOf(parts.kernel.database, ctx, functionRef(name).name)
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_function')
      .set({ reserved_concurrency: count })
      .where('id', '=', fn.id)
      .execute()
  })
}
