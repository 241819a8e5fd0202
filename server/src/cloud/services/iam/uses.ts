import type { Kysely } from 'kysely'
import { type Kernel, parseColumn, stringify } from '../../../kernel/index.ts'
import type { RequestContext } from '../../gateway/index.ts'
import type { IamTables } from './migrations.ts'

export interface ServiceUse {
  at: number
  region: string
  /** ARN of who did it: of the user, or of the role. */
  by: string
  /** When each action was last asked for, by its name without the service. */
  actions: Record<string, number>
}

/** What one user, role or access key was last used for. */
export interface Use {
  at: number
  service: string
  region: string
  services: Record<string, ServiceUse>
}

/** When and for what users, roles and keys were used last. By their unique ids. */
export interface Uses {
  record(ctx: RequestContext, action: string): void
  of(id: string): Use | undefined
  clear(): Promise<void>
}

const FLUSH_MS = 2000

/**
 * Kept in memory and written a little later: AWS's own figures are hours behind, and a request must
 * not wait for them. What the last seconds before a crash add is lost.
 */
export async function openUses(kernel: Kernel): Promise<Uses> {
  const { database } = kernel
  const tables = database.tables<IamTables>()
  const uses = new Map<string, Use>()
  for (const row of await tables.selectFrom('cloud_iam_use').selectAll().execute()) {
    uses.set(row.id, parseColumn<Use>(row.body))
  }
  const dirty = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const flush = async () => {
    timer = undefined
    const ids = [...dirty]
    dirty.clear()
    if (ids.length === 0) return
    const upserts = ids.flatMap((id) => {
      const body = uses.get(id)
      return body ? [upsertOf(tables, id, stringify(body))] : []
    })
    await database.apply(upserts)
  }
  const later = () => {
    timer ??= setTimeout(() => {
      flush().catch((error: unknown) => kernel.log.error('iam.uses', { error }))
    }, FLUSH_MS).unref()
  }
  kernel.onStop(async () => {
    clearTimeout(timer)
    await flush()
  })
  const touch = (id: string, ctx: RequestContext, action: string, by: string) => {
    uses.set(id, used(uses.get(id), ctx, action, by))
    dirty.add(id)
  }
  return {
    record(ctx, action) {
      const { kind, userId, accessKeyId, arn } = ctx.principal
      if (kind !== 'user' && kind !== 'role') return
      const colon = userId.indexOf(':')
      touch(colon < 0 ? userId : userId.slice(0, colon), ctx, action, arn)
      if (kind === 'user' && accessKeyId) touch(accessKeyId, ctx, action, arn)
      later()
    },
    of: (id) => uses.get(id),
    async clear() {
      uses.clear()
      dirty.clear()
      await database.apply([tables.deleteFrom('cloud_iam_use').compile()])
    },
  }
}

function upsertOf(tables: Kysely<IamTables>, id: string, body: string) {
  return tables
    .insertInto('cloud_iam_use')
    .values({ id, body })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ body }))
    .compile()
}

/** Changes the known use in place: it is touched by every request. */
function used(known: Use | undefined, ctx: RequestContext, action: string, by: string): Use {
  const { now: at, region } = ctx
  const colon = action.indexOf(':')
  const service = action.slice(0, colon)
  const use = known ?? { at, service, region, services: {} }
  use.at = at
  use.service = service
  use.region = region
  const inService = (use.services[service] ??= { at, region, by, actions: {} })
  inService.at = at
  inService.region = region
  inService.by = by
  inService.actions[action.slice(colon + 1)] = at
  return use
}
