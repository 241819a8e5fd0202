import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import {
  conflict,
  functionArn,
  functionRef,
  invalidValue,
  LATEST,
  type Scope,
  withoutType,
} from './model.ts'
import type { LambdaParts } from './parts.ts'
import { type Resolved, resolveNamed } from './resolve.ts'
import { settingDelete, settingFind, settingPut, settingsNamed } from './settings.ts'
import { aliasFind, type FunctionRow, functionOf } from './store.ts'

/** The setting's name. */
export const PROVISIONED = 'provisioned-concurrency'
const ACCOUNT_CONCURRENCY = 1000
const LEAST_UNRESERVED = 100

type Named = { FunctionName?: string | undefined; Qualifier?: string | undefined }
type Setting = NonNullable<Awaited<ReturnType<typeof settingFind>>>

/** Provisioned concurrency: environments of a version that are started before anybody calls. */
export const provisionedOperations = (parts: LambdaParts) => {
  const allocation = new Allocation(parts)
  const { database } = parts.kernel
  return {
    async PutProvisionedConcurrencyConfig(input, ctx) {
      const count = input.ProvisionedConcurrentExecutions!
      const found = await target(
        parts,
        ctx,
        input,
        'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
      )
      await checkRoom(parts, ctx, found, count)
      await checkOverlap(parts, found)
      const setting = { ...placeOf(found), value: String(count), modified_at: ctx.now }
      await settingPut(database, setting)
      allocation.begin(found, count)
      return {
        RequestedProvisionedConcurrentExecutions: count,
        AvailableProvisionedConcurrentExecutions: 0,
        AllocatedProvisionedConcurrentExecutions: 0,
        Status: 'IN_PROGRESS',
        LastModified: moment(ctx.now),
      }
    },

    async GetProvisionedConcurrencyConfig(input, ctx) {
      const found = await target(parts, ctx, input, mustBePublished)
      const setting = await settingFind(database, placeOf(found))
      if (!setting) throw missing()
      return allocation.shown(found, setting)
    },

    async DeleteProvisionedConcurrencyConfig(input, ctx) {
      const found = await target(parts, ctx, input, mustBePublished)
      await settingDelete(database, placeOf(found))
      allocation.begin(found, 0)
      return {}
    },

    async ListProvisionedConcurrencyConfigs(input, ctx) {
      const fn = await functionOf(database, ctx, functionRef(input.FunctionName).name)
      const settings = await ofFunction(parts, fn)
      const shown = settings.map(async (setting) => {
        const Qualifier = setting.qualifier
        const found = await resolveNamed(parts, ctx, { FunctionName: fn.name, Qualifier })
        const FunctionArn = functionArn(ctx, fn.name, Qualifier)
        return { FunctionArn, ...allocation.shown(found, setting) }
      })
      return { ProvisionedConcurrencyConfigs: await Promise.all(shown) }
    },
  } satisfies Operations<Lambda>
}

/** Brings the environments to what is configured; the configuration outlives a server, they don't. */
class Allocation {
  readonly #parts: LambdaParts
  readonly #running = new Set<string>()
  readonly #failures = new Map<string, string>()

  constructor(parts: LambdaParts) {
    this.#parts = parts
  }

  begin(found: Resolved, count: number): void {
    const { fn, version } = found
    const key = keyOf(found)
    this.#failures.delete(key)
    this.#running.add(key)
    void this.#parts.invoker
      .provision({ account: fn.account, region: fn.region }, fn, version, count)
      .catch((error: unknown) => {
        this.#failures.set(key, error instanceof Error ? error.message : String(error))
        this.#parts.kernel.log.warn('lambda.provision', { function: fn.name, error })
      })
      .finally(() => this.#running.delete(key))
  }

  shown(found: Resolved, setting: Setting) {
    const requested = Number(setting.value)
    const { allocated, available } = this.#parts.invoker.provisioned(found.version)
    const failure = this.#failures.get(keyOf(found))
    const isReady = allocated >= requested
    // After a restart, or once an environment was retired.
    if (!isReady && !failure && !this.#running.has(keyOf(found))) this.begin(found, requested)
    const status = isReady ? ('READY' as const) : ('IN_PROGRESS' as const)
    return {
      RequestedProvisionedConcurrentExecutions: requested,
      AvailableProvisionedConcurrentExecutions: Math.min(available, requested),
      AllocatedProvisionedConcurrentExecutions: Math.min(allocated, requested),
      Status: failure ? ('FAILED' as const) : status,
      ...(failure && { StatusReason: failure }),
      LastModified: moment(setting.modified_at),
    }
  }
}

const keyOf = ({ fn, version }: Resolved) => `${fn.id}:${version.version}`

const placeOf = ({ fn, arnQualifier }: Resolved) => ({
  function_id: fn.id,
  qualifier: arnQualifier!,
  name: PROVISIONED,
})

const mustBePublished = 'The function resource provided must be an alias or a published version.'

async function target(parts: LambdaParts, scope: Scope, input: Named, unpublished: string) {
  const { qualifier } = functionRef(input.FunctionName, input.Qualifier)
  if (!qualifier || qualifier === LATEST) throw invalidValue(unpublished)
  const found = await resolveNamed(parts, scope, input)
  if (found.version.version === LATEST) throw invalidValue(unpublished)
  return found
}

const ofFunction = async ({ kernel }: LambdaParts, fn: FunctionRow) =>
  (await settingsNamed(kernel.database, PROVISIONED)).filter((row) => row.function_id === fn.id)

async function checkRoom(
  parts: LambdaParts,
  _ctx: RequestContext,
  { fn, arnQualifier }: Resolved,
  count: number,
): Promise<void> {
  const others = (await ofFunction(parts, fn)).filter((row) => row.qualifier !== arnQualifier)
  const taken = others.reduce((sum, row) => sum + Number(row.value), 0)
  if (fn.reserved_concurrency !== null && fn.reserved_concurrency < taken + count) {
    throw invalidValue(
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    )
  }
  if (count > ACCOUNT_CONCURRENCY) {
    throw withoutType(
      'InvalidParameterValueException',
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${ACCOUNT_CONCURRENCY}].`,
    )
  }
  if (ACCOUNT_CONCURRENCY - count < LEAST_UNRESERVED) {
    throw withoutType(
      'InvalidParameterValueException',
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
    )
  }
}

/** A version is provisioned by itself or by an alias, not by both. */
async function checkOverlap(parts: LambdaParts, { fn, alias, version }: Resolved): Promise<void> {
  const settings = await ofFunction(parts, fn)
  if (alias) {
    if (!settings.some(({ qualifier }) => qualifier === version.version)) return
    throw conflict(
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    )
  }
  for (const { qualifier } of settings) {
    const other = await aliasFind(parts.kernel.database, fn.id, qualifier)
    if (other?.version === version.version) {
      throw conflict('Version is pointed by a Provisioned Concurrency alias')
    }
  }
}

const missing = () =>
  new AwsError(
    'ProvisionedConcurrencyConfigNotFoundException',
    'No Provisioned Concurrency Config found for this function',
    { status: 404 },
  )

/** `2026-11-22T09:00:00+0000`. */
const moment = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+0000')
