import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionRef, invalidValue, validation } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { resolve } from './resolve.ts'
import { type FunctionRow, functionList, functionOf, latest } from './store.ts'

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
      const others = (await functionList(parts.kernel.database, ctx)).filter(
        (fn) => fn.name !== name,
      )
      if (ACCOUNT_CONCURRENCY - reservedBy(others) - count < LEAST_UNRESERVED) {
        throw invalidValue(
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
      const sizes = await Promise.all(functions.map(({ id }) => latest(parts.kernel.database, id)))
      return {
        AccountLimit: {
          TotalCodeSize: 80_530_636_800,
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: ACCOUNT_CONCURRENCY,
          UnreservedConcurrentExecutions: ACCOUNT_CONCURRENCY - reservedBy(functions),
        },
        AccountUsage: {
          TotalCodeSize: sizes.reduce((sum, row) => sum + row.code_bytes, 0),
          FunctionCount: functions.length,
        },
      }
    },
  }) satisfies Operations<Lambda>

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

const MOST_TAGS = 50

export const tagOperations = (parts: LambdaParts) =>
  ({
    async ListTags(input, ctx) {
      return { Tags: tagsOf(await taggedFunction(parts, ctx, input.Resource)) }
    },
    async TagResource(input, ctx) {
      if (Object.keys(input.Tags ?? {}).length === 0) {
        throw invalidValue('An error occurred and the request cannot be processed.')
      }
      const fn = await taggedFunction(parts, ctx, input.Resource)
      await setTags(parts, fn, { ...tagsOf(fn), ...input.Tags })
      return {}
    },
    async UntagResource(input, ctx) {
      const fn = await taggedFunction(parts, ctx, input.Resource)
      const kept = Object.entries(tagsOf(fn)).filter(([key]) => !input.TagKeys?.includes(key))
      await setTags(parts, fn, Object.fromEntries(kept))
      return {}
    },
  }) satisfies Operations<Lambda>

const tagsOf = (fn: FunctionRow) => JSON.parse(fn.tags) as Record<string, string>

const TAGGABLE =
  'arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})'

/** Functions only: tags of the other resources are refused by name. */
async function taggedFunction(
  parts: LambdaParts,
  ctx: RequestContext,
  arn = '',
): Promise<FunctionRow> {
  if (!new RegExp(`^${TAGGABLE}$`).test(arn)) {
    throw validation(
      `1 validation error detected: Value '${arn}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: ${TAGGABLE}`,
    )
  }
  if (!arn.includes(':function:')) {
    throw invalidValue(`Tags of ${arn.split(':')[5]} resources are not implemented by Madang.`)
  }
  const { name, qualifier } = functionRef(arn)
  if (qualifier) {
    throw invalidValue(
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
  }
  return functionOf(parts.kernel.database, ctx, name)
}

export function checkTags(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).length > MOST_TAGS) {
    throw invalidValue('Number of tags exceeds resource tag limit.')
  }
  return tags
}

async function setTags(
  parts: LambdaParts,
  fn: FunctionRow,
  tags: Record<string, string>,
): Promise<void> {
  const text = stringify(checkTags(tags))
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_function')
      .set({ tags: text })
      .where('id', '=', fn.id)
      .execute()
  })
}
