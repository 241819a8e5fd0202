import { once } from 'node:events'
import { BlobTooLarge, streamTo } from '../../kernel/index.ts'
import { type LfsCall, readLfsJson, refuseLfs, sendLfs } from './lfs-call.ts'
import { insertObject, type LfsObjectRow, objectsOf } from './store-lfs.ts'

/** `GET objects/<oid>`, whole or from where a download broke off. */
export async function download(call: LfsCall, oid: string): Promise<void> {
  const { context, exchange } = call
  const { request, response } = exchange
  const row = await objectOf(call, oid)
  const size = row.size_bytes
  const range = rangeOf(request.headers.range, size)
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' }
  if (range === 'outside') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${size}` }).end()
    return
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': end - start + 1,
    etag: `"${oid}"`,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
  })
  if (request.method === 'HEAD' || size === 0) return void response.end()
  await streamTo(response, context.kernel.blobs.read(row.blob_id, { start, end }))
}

/** One range of bytes; anything else asked for is the whole, as RFC 9110 allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end ? 'outside' : { start, end }
}

async function objectOf({ context, repo }: LfsCall, oid: string): Promise<LfsObjectRow> {
  const row = (await objectsOf(context.kernel.database, repo.row.id, [oid])).get(oid)
  if (!row) throw refuseLfs('lfsNotFound', { oid })
  return row
}

/** `PUT objects/<oid>`: kept only when the bytes are what the oid says. */
export async function upload(call: LfsCall, oid: string): Promise<void> {
  const { context, exchange, repo } = call
  const { request, response, url } = exchange
  const { blobs, database, clock } = context.kernel
  const wanted = url.searchParams.get('size')
  const size = wanted === null ? undefined : Number(wanted)
  const info = await context.lfsBlobs
    .write(
      request.iterator({ destroyOnReturn: false }),
      size === undefined ? {} : { limitBytes: size },
    )
    .catch((error: unknown) => {
      if (error instanceof BlobTooLarge) throw refuseLfs('lfsHashMismatch', { oid })
      throw error
    })
  const isRight = info.sha256 === oid && (size === undefined || size === info.sizeBytes)
  const row = {
    repo_id: repo.row.id,
    oid,
    blob_id: info.id,
    size_bytes: info.sizeBytes,
    created_at: clock.now(),
  }
  const isKept = isRight && (await database.write((tx) => insertObject(tx, row)))
  if (!isKept) await blobs.remove(info.id)
  if (!isRight) throw refuseLfs('lfsHashMismatch', { oid })
  response.writeHead(200, { 'content-length': 0 }).end()
  if (!response.writableFinished) await once(response, 'close')
}

/** `POST objects/verify`: whether an object arrived whole. */
export async function verify(call: LfsCall): Promise<void> {
  const { oid, size } = await readLfsJson(call)
  const row = await objectOf(call, String(oid))
  if (row.size_bytes !== size) throw refuseLfs('lfsHashMismatch', { oid: String(oid) })
  sendLfs(call, 200, {})
}
