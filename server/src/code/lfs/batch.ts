import { type LfsCall, readLfsJson, refuseLfs, sendLfs } from './lfs-call.ts'
import { objectsOf, type LfsObjectRow, renewOids } from './store-lfs.ts'
import { lfsTicket } from './ticket.ts'

interface Wanted {
  oid: string
  size: number
}

const MOST_OBJECTS = 1000

/** `POST objects/batch`: which objects are here, and where each is read or stored. */
export async function answerBatch(call: LfsCall): Promise<void> {
  const body = await readLfsJson(call)
  const operation = body['operation']
  if (operation !== 'upload' && operation !== 'download') {
    throw refuseLfs('lfsBadRequest', { reason: 'operation is upload or download' })
  }
  const algorithm = body['hash_algo'] ?? 'sha256'
  if (algorithm !== 'sha256') {
    return sendLfs(call, 409, { message: 'Only the hash algorithm sha256 is served here.' })
  }
  const isUpload = operation === 'upload'
  if (isUpload && !call.mayWrite) {
    return sendLfs(call, 403, { message: 'You need the role developer to upload.' })
  }
  const wanted = readWanted(body['objects'])
  const { context, repo } = call
  const here = await objectsOf(
    context.kernel.database,
    repo.row.id,
    wanted.map(({ oid }) => oid),
  )
  if (isUpload) await renew(call, [...here.values()])
  const present = isUpload ? toUpload(call) : toDownload(call)
  sendLfs(call, 200, {
    transfer: 'basic',
    objects: wanted.map((object) => present(object, here.get(object.oid))),
    hash_algo: 'sha256',
  })
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Their age counts from now on, or a sweep could take them before the commit that needs them. */
async function renew({ context, repo }: LfsCall, rows: LfsObjectRow[]): Promise<void> {
  const { database, clock } = context.kernel
  const nowMs = clock.now()
  const oids = rows.filter((row) => row.created_at < nowMs - DAY_MS).map((row) => row.oid)
  if (oids.length === 0) return
  await database.write((tx) => renewOids(tx, repo.row.id, { oids, nowMs }))
}

function readWanted(given: unknown): Wanted[] {
  if (!Array.isArray(given)) throw refuseLfs('lfsBadRequest', { reason: 'objects is a list' })
  if (given.length > MOST_OBJECTS) {
    throw refuseLfs('lfsBadRequest', { reason: `at most ${MOST_OBJECTS} objects at once` })
  }
  return given.map((entry: unknown) => {
    const { oid, size } = (entry ?? {}) as Partial<Record<string, unknown>>
    const isGood = typeof oid === 'string' && typeof size === 'number' && Number.isSafeInteger(size)
    if (!isGood || size < 0) {
      throw refuseLfs('lfsBadRequest', { reason: 'each object has an oid and a size' })
    }
    return { oid, size }
  })
}

type Present = (object: Wanted, here: LfsObjectRow | undefined) => object

const isOid = (oid: string) => /^[0-9a-f]{64}$/.test(oid)
const invalid = { code: 422, message: 'An oid is 64 hex digits (SHA-256).' }

function toUpload(call: LfsCall): Present {
  const actionAt = actionsOf(call, true)
  return ({ oid, size }, here) => {
    if (!isOid(oid)) return { oid, size, error: invalid }
    if (here) return { oid, size } // no action: the client need not send it
    return {
      oid,
      size,
      authenticated: true,
      actions: {
        upload: actionAt(`objects/${oid}?size=${size}`),
        verify: actionAt('objects/verify'),
      },
    }
  }
}

function toDownload(call: LfsCall): Present {
  const actionAt = actionsOf(call, false)
  return ({ oid, size }, here) => {
    if (!isOid(oid)) return { oid, size, error: invalid }
    if (!here) return { oid, size, error: { code: 404, message: 'The object is not here.' } }
    return {
      oid,
      size: here.size_bytes,
      authenticated: true,
      actions: { download: actionAt(`objects/${oid}`) },
    }
  }
}

function actionsOf({ context, repo, actor, exchange }: LfsCall, isWrite: boolean) {
  const { origin } = exchange.info
  const { href, header, expires_in } = lfsTicket(context.kernel, { actor, repo, isWrite, origin })
  return (path: string) => ({ href: `${href}/${path}`, header, expires_in })
}
