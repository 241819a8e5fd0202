import { z } from 'zod'
import { BlobTooLarge, parseColumn, stringify, textOf } from '../../kernel/index.ts'
import { insertObject, objectsOf, pointersIn } from '../lfs/index.ts'
import { basicOf, refuseRemote, spoken } from '../remote/index.ts'
import { refuseImport } from './refuse.ts'
import { hostOf, type ImportRun, remoteOf, saveImport } from './run-context.ts'
import { busyUntil, readJson, SourceBusy } from './source-http.ts'
import { addItems, type ItemRow, nextItems, settleItem } from './store-imports.ts'

const BATCH = 100
const ANSWER_BYTES = 16 * 1024 * 1024
const LFS_JSON = 'application/vnd.git-lfs+json'

const answerShape = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      authenticated: z.boolean().nullish(),
      actions: z
        .object({
          download: z
            .object({ href: z.string(), header: z.record(z.string(), z.string()).nullish() })
            .nullish(),
        })
        .nullish(),
      error: z.object({ code: z.number(), message: z.string() }).nullish(),
    }),
  ),
})
type Offered = z.output<typeof answerShape>['objects'][number]

/** The objects of Git LFS that any pointer in the history names. */
export async function importLfs(run: ImportRun): Promise<void> {
  const { database } = run.parts.context.kernel
  const pointers = [...(await pointersIn(run.repo.folder))]
  for (let at = 0; at < pointers.length; at += BATCH) {
    const part = pointers.slice(at, at + BATCH)
    const here = await objectsOf(
      database,
      run.repo.row.id,
      part.map(([oid]) => oid),
    )
    const missing = part.filter(([oid]) => !here.has(oid))
    const items = missing.map(([oid, size], index) => ({
      import_id: run.row.id,
      kind: 'lfs' as const,
      source_id: oid,
      position: at + index,
      data: stringify({ size }),
    }))
    await database.write((tx) => addItems(tx, items))
  }
  const next = () => nextItems(database, { import: run.row.id, kind: 'lfs', limit: BATCH })
  for (let items = await next(); items.length > 0; items = await next()) {
    run.signal.throwIfAborted()
    const offered = await ask(run, items)
    for (const item of items) await bring(run, item, offered.get(item.source_id))
  }
}

/** The batch call of the LFS API; a server without one has none of the objects. */
async function ask(run: ImportRun, items: ItemRow[]): Promise<Map<string, Offered>> {
  const { outgoing, clock } = run.parts.context.kernel
  // Its API is one of the web: over ssh and git's own protocol nothing is offered.
  if (!/^https?:/.test(run.row.git_url)) return new Map()
  const authorization = basicOf(remoteOf(run).login)
  const headers = { accept: LFS_JSON, 'content-type': LFS_JSON }
  const objects = items.map((item) => ({ oid: item.source_id, size: sizeOf(item) }))
  const reply = await outgoing.fetch(`${run.row.git_url}/info/lfs/objects/batch`, {
    method: 'POST',
    headers: authorization ? { ...headers, authorization } : headers,
    body: JSON.stringify({ operation: 'download', transfers: ['basic'], objects }),
    signal: run.signal,
  })
  const text = await textOf(reply, ANSWER_BYTES)
  const host = hostOf(run.row)
  const untilMs = busyUntil(reply.status, reply.headers, clock.now())
  if (untilMs !== undefined) throw new SourceBusy(untilMs)
  if (reply.status >= 500 && reply.status !== 501) {
    throw refuseRemote('remoteFailed', { host, reason: `HTTP ${reply.status} (LFS)` })
  }
  if (reply.status !== 200) return new Map()
  const about = { host, path: 'info/lfs/objects/batch' }
  const answer = answerShape.safeParse(readJson(text, about))
  if (!answer.success) throw refuseImport('sourceShape', about)
  return new Map(answer.data.objects.map((object) => [object.oid, object]))
}

const sizeOf = (item: ItemRow): number => parseColumn<{ size: number }>(item.data).size

async function bring(run: ImportRun, item: ItemRow, offered: Offered | undefined): Promise<void> {
  const why = await download(run, item, offered)
  const error = why === undefined ? undefined : refuseImport('importLfsGone', { reason: why })
  await saveImport(run, {}, (tx) => settleItem(tx, item, error && spoken(error, hostOf(run.row))))
}

/** Gives why it could not be brought. */
async function download(
  run: ImportRun,
  item: ItemRow,
  offered: Offered | undefined,
): Promise<string | undefined> {
  const { kernel, lfsBlobs } = run.parts.context
  const action = offered?.actions?.download
  if (!action) return offered?.error?.message ?? 'not offered'
  const reply = await kernel.outgoing.fetch(action.href, {
    headers: headersFor(run, offered, action),
    signal: run.signal,
  })
  if (reply.status !== 200) {
    reply.body.destroy()
    const untilMs = busyUntil(reply.status, reply.headers, kernel.clock.now())
    if (untilMs !== undefined) throw new SourceBusy(untilMs)
    return `HTTP ${reply.status}`
  }
  const oid = item.source_id
  const info = await lfsBlobs
    .write(reply.body, { limitBytes: sizeOf(item) })
    .catch((error: unknown) => {
      if (error instanceof BlobTooLarge) return undefined
      throw error
    })
  if (!info) return 'it is larger than its pointer says'
  const row = {
    repo_id: run.repo.row.id,
    oid,
    blob_id: info.id,
    size_bytes: info.sizeBytes,
    created_at: kernel.clock.now(),
  }
  const isRight = info.sha256 === oid
  const isKept = isRight && (await kernel.database.write((tx) => insertObject(tx, row)))
  if (!isKept) await kernel.blobs.remove(info.id)
  return isRight ? undefined : 'its bytes are not what its name says'
}

/** Our own sign-in only where the objects are on the host it is for, and the answer brings none. */
function headersFor(
  run: ImportRun,
  { authenticated }: Offered,
  { href, header }: { href: string; header?: Record<string, string> | null | undefined },
): Record<string, string> {
  const given = header ?? {}
  const authorization = basicOf(remoteOf(run).login)
  const hasOwn = Object.keys(given).some((name) => name.toLowerCase() === 'authorization')
  const isSame = URL.parse(href)?.origin === new URL(run.row.git_url).origin
  if (!authorization || hasOwn || authenticated || !isSame) return given
  return { ...given, authorization }
}
