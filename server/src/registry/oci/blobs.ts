import { refuse } from '../model.ts'
import { streamTo, type Transaction } from '../../kernel/index.ts'
import { OciError } from './error.ts'
import { algorithmOf, checkDigest, digestOf, type RepoName, repoNameOf } from './names.ts'
import { type Call, type OciParts, reply, type Stored } from './parts.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'

export const LARGEST_BYTES = 20 * 1024 ** 3
/** A blob that somebody just asked for stays this long without a manifest that needs it. */
const TOUCH_MS = 3_600_000

export async function blobSend(parts: OciParts, { exchange, repo, reference }: Call) {
  const { request, response } = exchange
  await parts.proxy.blob(repo, checkDigest(reference))
  const found = await held(parts, repo.name, checkDigest(reference))
  // A push asks by HEAD which blobs it may leave out: those have to be there when its manifest comes.
  if (request.method === 'HEAD') await touch(parts, repo.name, reference, found.touched_at)
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'docker-content-digest': reference,
    'cache-control': 'private, max-age=31536000, immutable',
    etag: `"${reference}"`,
    'accept-ranges': 'bytes',
  }
  if (request.headers['if-none-match']?.includes(reference)) {
    return void response.writeHead(304, headers).end()
  }
  const range = rangeOf(request.headers.range, found.size)
  const length = range ? range.end - range.start + 1 : found.size
  const of = range && { 'content-range': `bytes ${range.start}-${range.end}/${found.size}` }
  response.writeHead(range ? 206 : 200, { ...headers, ...of, 'content-length': length })
  if (request.method === 'HEAD' || length === 0) return void response.end()
  await streamTo(response, parts.kernel.blobs.read(found.blob, range))
}

export async function blobDelete(parts: OciParts, { exchange, repo, reference }: Call) {
  const digest = checkDigest(reference)
  const gone = await parts.kernel.database.write(async (tx) => {
    const user = await tx
      .tables<OciTables>()
      .selectFrom('registry_oci_reference')
      .select('manifest')
      .where('repo', '=', repo.name)
      .where('digest', '=', digest)
      .executeTakeFirst()
    if (user) {
      throw new OciError('DENIED', `${user.manifest} needs this blob; delete the manifest first`, {
        status: 405,
        detail: { manifest: user.manifest },
      })
    }
    return store.unlink(tx, repo.name, digest)
  })
  if (!gone) throw blobUnknown(digest)
  reply(exchange.response, 202, { 'docker-content-digest': digest })
}

/** `POST …/blobs/uploads/`: a session, a mount from elsewhere, or the whole blob at once. */
export async function uploadStart(parts: OciParts, call: Call) {
  const { exchange, repo } = call
  const { searchParams } = exchange.url
  const mounted = searchParams.get('mount')
  if (mounted !== null && (await mount(parts, call, mounted))) return
  const algorithm = searchParams.get('digest-algorithm')
  if (algorithm !== null && algorithm !== 'sha256' && algorithm !== 'sha512') {
    throw new OciError('DIGEST_INVALID', `digests by ${algorithm} are not made here`)
  }
  const id = await parts.uploads.start(repo.name)
  const whole = searchParams.get('digest')
  if (whole === null) return sessionReply({ ...call, reference: id }, 202, 0)
  await uploadFinish(parts, { ...call, reference: id })
}

async function mount(parts: OciParts, call: Call, text: string): Promise<boolean> {
  const { kernel, access } = parts
  const { exchange, actor, repo } = call
  const digest = checkDigest(text)
  const from = exchange.url.searchParams.get('from')
  const source = from === null ? undefined : repoNameOf(from)
  if (source && !(await access.may(exchange, actor, source, 'pull'))) return false
  const holder = source?.name ?? (await store.holderIn(kernel.database, repo.project, digest))
  if (holder === undefined) return false
  const done = await blobMount(parts, { from: holder, to: repo, digest })
  if (done) blobReply(call, digest)
  return done
}

/** Another repository's blob becomes this one's, too; false: that one has none. */
export function blobMount(
  { kernel }: OciParts,
  { from, to, digest }: { from: string; to: RepoName; digest: string },
): Promise<boolean> {
  return kernel.database.write(async (tx) => {
    const found = await store.linkedBlob(tx, from, digest)
    if (!found) return false
    await checkQuota(tx, to.project, found.size, digest)
    await store.repoEnsure(tx, to, kernel.clock.now())
    await store.link(tx, to.name, digest, kernel.clock.now())
    return true
  })
}

/** `PATCH`: one chunk. */
export async function uploadChunk(parts: OciParts, call: Call) {
  const from = await parts.uploads.size(call.repo.name, call.reference)
  checkChunk(call, from)
  const size = await receive(parts, call, from)
  sessionReply(call, 202, size)
}

/** `PUT …?digest=`: the last chunk, if any, and the check. */
export async function uploadFinish(parts: OciParts, call: Call) {
  const { exchange, repo, reference: id } = call
  const digest = checkDigest(exchange.url.searchParams.get('digest'))
  const from = await parts.uploads.size(repo.name, id)
  checkChunk(call, from)
  const size = await receive(parts, call, from)
  await uploadKeep(parts, repo, { id, digest, size })
  blobReply(call, digest)
}

/** What arrived becomes a blob of the repository; whether it may or not, the upload ends. Throws DIGEST_INVALID. */
export async function uploadKeep(
  parts: OciParts,
  repo: RepoName,
  { id, digest, size }: { id: string; digest: string; size: number },
): Promise<void> {
  const actual = await parts.uploads.digest(id, algorithmOf(digest), size)
  if (actual !== digest) {
    await parts.uploads.remove(id)
    throw new OciError('DIGEST_INVALID', `what arrived is ${actual}, not ${digest}`, {
      detail: { expected: digest, actual, sizeBytes: size },
    })
  }
  try {
    await blobKeep(parts, repo, { digest, size, file: parts.uploads.path(id) })
  } finally {
    await parts.uploads.remove(id)
  }
}

/** Takes the file over as a blob of the repository, or drops it where the blob is known. */
export async function blobKeep(
  parts: Stored,
  repo: RepoName,
  of: { digest: string; size: number; file: string },
): Promise<void> {
  const { database, blobs } = parts.kernel
  let adopted: string | undefined
  for (;;) {
    const isKnown = (await store.blobByDigest(database, of.digest)) !== undefined
    if (!isKnown) adopted ??= await parts.blobs.adopt(of.file)
    const kept = await database
      .write((tx) => linkBlob(tx, parts, { ...of, repo, adopted }))
      .catch(async (refused: unknown) => {
        if (adopted !== undefined) await blobs.remove(adopted)
        throw refused
      })
    // Else it was known, and collected between the look and the lock: these bytes are the ones now.
    if (kept === undefined) continue
    if (adopted !== undefined && kept !== adopted) await blobs.remove(adopted)
    return
  }
}

/** Which stored bytes the repository holds now; undefined: none of this digest, and none were brought. */
async function linkBlob(
  tx: Transaction,
  { kernel: { clock } }: Stored,
  of: { repo: RepoName; digest: string; size: number; adopted: string | undefined },
): Promise<string | undefined> {
  const { repo, digest, size, adopted } = of
  await checkQuota(tx, repo.project, size, digest)
  const now = clock.now()
  if (adopted !== undefined) {
    await tx
      .tables<OciTables>()
      .insertInto('registry_oci_blob')
      .values({ digest, blob: adopted, size, created_at: now })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute()
  }
  const row = await store.blobByDigest(tx, digest)
  if (!row) return undefined
  await store.repoEnsure(tx, repo, now)
  await store.link(tx, repo.name, digest, now)
  return row.blob
}

export async function uploadStatus(parts: OciParts, call: Call) {
  const size = await parts.uploads.size(call.repo.name, call.reference)
  sessionReply(call, 204, size)
}

export async function uploadCancel(parts: OciParts, call: Call) {
  await parts.uploads.size(call.repo.name, call.reference)
  await parts.uploads.remove(call.reference)
  reply(call.exchange.response, 204)
}

/** The blob, in this repository. Throws BLOB_UNKNOWN. */
export async function held({ kernel }: OciParts, repo: string, digest: string) {
  const found = await store.linkedBlob(kernel.database, repo, digest)
  if (!found) throw blobUnknown(digest)
  return found
}

/** Small bytes that the registry itself made or read: the same as an upload of them. */
export async function blobText(parts: Stored, repo: string, digest: string, limitBytes: number) {
  const found = await store.linkedBlob(parts.kernel.database, repo, digest)
  if (!found || found.size > limitBytes) return undefined
  const bytes = await parts.kernel.blobs.readAll(found.blob)
  return digestOf(bytes, algorithmOf(digest)) === digest ? bytes.toString('utf8') : undefined
}

async function touch({ kernel }: OciParts, repo: string, digest: string, touchedAt: number) {
  const now = kernel.clock.now()
  if (now - touchedAt < TOUCH_MS) return
  await kernel.database.write((tx) => store.link(tx, repo, digest, now))
}

async function receive({ uploads }: OciParts, { exchange, reference }: Call, from: number) {
  const { request } = exchange
  const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  return uploads.append(reference, from, bytes, LARGEST_BYTES)
}

function checkChunk({ exchange, repo, reference }: Call, from: number): void {
  const header = exchange.request.headers['content-range']
  if (header === undefined) return
  const match = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/\S+)?$/.exec(header)
  if (match && Number(match[1]) === from) return
  throw new OciError('BLOB_UPLOAD_INVALID', `this chunk has to begin at byte ${from}`, {
    status: 416,
    headers: {
      location: `/v2/${repo.name}/blobs/uploads/${reference}`,
      range: `0-${Math.max(0, from - 1)}`,
    },
  })
}

async function checkQuota(tx: Transaction, project: string, coming: number, digest?: string) {
  const quota = (await store.policyOf(tx, project))?.quota_bytes
  if (quota == null) return
  if (digest !== undefined && (await store.holderIn(tx, project, digest)) !== undefined) return
  const used = await store.usedBytes(tx, project)
  if (used + coming <= quota) return
  const { message } = refuse('imageQuota', { project, quota, used, coming })
  throw new OciError('DENIED', message, { detail: { project, quota, used, coming } })
}

function sessionReply({ exchange, repo, reference }: Call, status: number, size: number): void {
  reply(exchange.response, status, {
    location: `/v2/${repo.name}/blobs/uploads/${reference}`,
    'docker-upload-uuid': reference,
    range: `0-${Math.max(0, size - 1)}`,
  })
}

function blobReply({ exchange, repo }: Call, digest: string): void {
  reply(exchange.response, 201, {
    location: `/v2/${repo.name}/blobs/${digest}`,
    'docker-content-digest': digest,
  })
}

function blobUnknown(digest: string): OciError {
  return new OciError('BLOB_UNKNOWN', 'this repository holds no such blob', { detail: { digest } })
}

/** One range; undefined: the whole blob. Throws 416 for one outside it. */
function rangeOf(header: string | undefined, sizeBytes: number) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const last = sizeBytes - 1
  const start = match[1] === '' ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? last : Math.min(Number(match[2]), last)
  if (start <= end) return { start, end }
  throw new OciError('SIZE_INVALID', `the blob has ${sizeBytes} bytes`, {
    status: 416,
    headers: { 'content-range': `bytes */${sizeBytes}` },
  })
}
