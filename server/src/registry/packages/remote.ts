import { createHash } from 'node:crypto'
import type { Kernel, OutgoingReply, OwnedBlobs } from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import type { Sendable } from './http.ts'
import type { PackageKind, PackageTables } from './tables.ts'

const INDEX_MS = 10 * 60_000
const TIMEOUT_MS = 30_000
const LARGEST_BYTES = 2 * 1024 ** 3

type RemoteFile = PackageTables['registry_remote_file']

/**
 * A remote registry behind a project's own, with everything fetched from it kept. Files never change
 * there; indexes are asked for again after ten minutes, and served as kept while the remote is away.
 */
export class Remotes {
  readonly #kernel: Kernel
  readonly #blobs: OwnedBlobs
  readonly #running = new Map<string, Promise<RemoteFile | undefined>>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#blobs = kernel.blobs.of('packages', (ids) => this.#keptBlobs(ids))
  }

  async #keptBlobs(ids: string[]): Promise<string[]> {
    const files = this.#tables().selectFrom('registry_remote_file')
    const rows = await files.select('blob').where('blob', 'in', ids).execute()
    return rows.map(({ blob }) => blob)
  }

  async urlOf(project: string, kind: PackageKind): Promise<string | undefined> {
    const row = await this.#tables()
      .selectFrom('registry_remote')
      .select('url')
      .where('project', '=', project)
      .where('kind', '=', kind)
      .executeTakeFirst()
    return row?.url
  }

  async list(project: string) {
    return this.#tables()
      .selectFrom('registry_remote')
      .select(['kind', 'url'])
      .where('project', '=', project)
      .orderBy('kind')
      .execute()
  }

  /** Throws `outgoing…` for what would never be fetched from. */
  async set(project: string, kind: PackageKind, url: string | null): Promise<void> {
    if (url !== null) await this.#kernel.outgoing.check(url)
    await this.#kernel.database.write(async (tx) => {
      const tables = tx.tables<PackageTables>()
      await tables
        .deleteFrom('registry_remote')
        .where('project', '=', project)
        .where('kind', '=', kind)
        .execute()
      if (url === null) return
      const plain = url.replace(/\/+$/, '')
      await tables.insertInto('registry_remote').values({ project, kind, url: plain }).execute()
    })
  }

  /**
   * The file at a remote's address; undefined when it has none. `isIndex`: its contents change. What an
   * address answers to another `accept` is named by a fragment, which no remote is sent: `…/left#full`.
   */
  async fetch(url: string, given: { isIndex: boolean; accept?: string }) {
    const known = await this.#known(url)
    const isFresh = known && this.#kernel.clock.now() - known.fetched_at < INDEX_MS
    if (known && (!given.isIndex || isFresh)) return sendable(known)
    // Two builds that want the same file fetch it once.
    const running = this.#running.get(url) ?? this.#download(url, known, given.accept)
    this.#running.set(url, running)
    try {
      const row = await running
      return row && sendable(row)
    } finally {
      this.#running.delete(url)
    }
  }

  async text(url: string, accept?: string): Promise<string | undefined> {
    const found = await this.fetch(url, { isIndex: true, accept })
    return found && (await this.#kernel.blobs.readAll(found.blob)).toString('utf8')
  }

  async #download(url: string, known: RemoteFile | undefined, accept: string | undefined) {
    const headers: Record<string, string> = { 'user-agent': 'madang' }
    if (accept !== undefined) headers['accept'] = accept
    if (known?.etag != null) headers['if-none-match'] = known.etag
    let answer: OutgoingReply
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      answer = await this.#kernel.outgoing.fetch(url, { headers, signal })
    } catch (error) {
      if (known) return known
      throw refuse('packageRemote', { url, reason: (error as Error).message })
    }
    const { status } = answer
    if (status >= 200 && status < 300) return this.#keep(url, known, answer)
    answer.body.destroy()
    if (status === 304 && known) return this.#touch(known)
    if (status === 404 || status === 410) return undefined
    if (known) return known
    throw refuse('packageRemote', { url, reason: `status ${status}` })
  }

  async #keep(
    url: string,
    known: RemoteFile | undefined,
    answer: OutgoingReply,
  ): Promise<RemoteFile> {
    const { blobs, clock, database } = this.#kernel
    const sha1 = createHash('sha1')
    const blob = await this.#blobs.write(answer.body as AsyncIterable<Buffer>, {
      limitBytes: LARGEST_BYTES,
      tap: (piece) => void sha1.update(piece),
    })
    const row: RemoteFile = {
      url,
      blob: blob.id,
      size: blob.sizeBytes,
      content_type: answer.headers['content-type'] ?? 'application/octet-stream',
      sha1: sha1.digest('hex'),
      sha256: blob.sha256,
      etag: answer.headers.etag ?? null,
      fetched_at: clock.now(),
    }
    await database.write(async (tx) => {
      await tx
        .tables<PackageTables>()
        .insertInto('registry_remote_file')
        .values(row)
        .onConflict((conflict) => conflict.column('url').doUpdateSet(row))
        .execute()
      if (known) tx.afterCommit(() => void blobs.remove(known.blob))
    })
    return row
  }

  async #touch(known: RemoteFile): Promise<RemoteFile> {
    const fetched_at = this.#kernel.clock.now()
    await this.#kernel.database.write(async (tx) => {
      await tx
        .tables<PackageTables>()
        .updateTable('registry_remote_file')
        .set({ fetched_at })
        .where('url', '=', known.url)
        .execute()
    })
    return { ...known, fetched_at }
  }

  #known(url: string): Promise<RemoteFile | undefined> {
    return this.#tables()
      .selectFrom('registry_remote_file')
      .selectAll()
      .where('url', '=', url)
      .executeTakeFirst()
  }

  #tables() {
    return this.#kernel.database.tables<PackageTables>()
  }
}

const sendable = ({ blob, size, content_type, sha256, sha1 }: RemoteFile): Sendable => ({
  blob,
  size,
  sha256,
  sha1,
  contentType: content_type,
})
