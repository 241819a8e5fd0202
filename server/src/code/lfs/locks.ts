import { isTreePath } from '../ref-name.ts'
import { type LfsCall, readLfsJson, refuseLfs, sendLfs } from './lfs-call.ts'
import { deleteLock, insertLock, type LfsLockRow, locksOf } from './store-lfs.ts'

const MOST_LOCKS = 100

/** `POST locks`: 201, or 409 with the lock that is there. */
export async function createLock(call: LfsCall): Promise<void> {
  const body = await readLfsJson(call)
  const { path } = body
  if (typeof path !== 'string' || !isTreePath(path)) {
    throw refuseLfs('lfsBadRequest', { reason: 'path is a path inside the repository' })
  }
  const { context, repo, actor } = call
  const { database, ids, clock } = context.kernel
  const outcome = await database.write(async (tx) => {
    const [held] = await locksOf(tx, repo.row.id, { path, limit: 1 })
    if (held) return { lock: held, isNew: false }
    const lock = {
      id: ids.next('lock'),
      repo_id: repo.row.id,
      path,
      ref: refOf(body),
      owner_id: actor.id,
      owner_name: actor.name,
      locked_at: clock.now(),
    }
    await insertLock(tx, lock)
    return { lock, isNew: true }
  })
  const lock = present(outcome.lock)
  if (outcome.isNew) sendLfs(call, 201, { lock })
  else sendLfs(call, 409, { lock, message: 'already created lock' })
}

function refOf(body: Record<string, unknown>): string {
  const { name } = (body['ref'] ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name.slice(0, 500) : ''
}

/** `GET locks`. */
export async function listLocks(call: LfsCall): Promise<void> {
  const { searchParams } = call.exchange.url
  const text = (name: string) => searchParams.get(name) || undefined
  const { rows, next } = await page(call, {
    path: text('path'),
    id: text('id'),
    afterId: text('cursor'),
    limit: limitOf(text('limit')),
  })
  sendLfs(call, 200, { locks: rows.map(present), ...next })
}

/** `POST locks/verify`: before a push the client asks whose locks there are. */
export async function verifyLocks(call: LfsCall): Promise<void> {
  const body = await readLfsJson(call)
  const afterId = typeof body['cursor'] === 'string' ? body['cursor'] || undefined : undefined
  const { rows, next } = await page(call, { afterId, limit: limitOf(body['limit']) })
  const isOurs = (row: LfsLockRow) => row.owner_id === call.actor.id
  sendLfs(call, 200, {
    ours: rows.filter(isOurs).map(present),
    theirs: rows.filter((row) => !isOurs(row)).map(present),
    ...next,
  })
}

/** `POST locks/<id>/unlock`: one's own, or anybody's by force of a maintainer. */
export async function unlock(call: LfsCall, id: string): Promise<void> {
  const { force } = await readLfsJson(call)
  const { context, repo, actor, isMaintainer } = call
  const gone = await context.kernel.database.write(async (tx) => {
    const [lock] = await locksOf(tx, repo.row.id, { id, limit: 1 })
    if (!lock) throw refuseLfs('lfsLockNotFound')
    const isOurs = lock.owner_id === actor.id
    if (!isOurs && !(force === true && isMaintainer)) {
      throw refuseLfs('lfsLockNotYours', { owner: lock.owner_name })
    }
    await deleteLock(tx, id)
    return lock
  })
  sendLfs(call, 200, { lock: present(gone) })
}

async function page(call: LfsCall, filter: Parameters<typeof locksOf>[2]) {
  const { context, repo } = call
  const more = await locksOf(context.kernel.database, repo.row.id, {
    ...filter,
    limit: filter.limit + 1,
  })
  const rows = more.slice(0, filter.limit)
  return { rows, next: more.length > rows.length ? { next_cursor: rows.at(-1)!.id } : {} }
}

function limitOf(given: unknown): number {
  const limit = Number(given ?? MOST_LOCKS)
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MOST_LOCKS) : MOST_LOCKS
}

function present(row: LfsLockRow) {
  return {
    id: row.id,
    path: row.path,
    locked_at: new Date(row.locked_at).toISOString(),
    owner: { name: row.owner_name },
  }
}
