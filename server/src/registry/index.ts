import type { Artifact, ArtifactFilter } from '@madang/api'
import type { Actor, Kernel, OwnedBlobs, Transaction } from '../kernel/index.ts'
import { artifactEdge } from './artifact-http.ts'
import { createImageBuilds, type ImageBuilds } from './builder/index.ts'
import type { NewArtifact, Registry } from './door.ts'
import { artifactPublished, artifactRemoved } from './events.ts'
import { registryMigrations } from './migrations.ts'
import * as model from './model.ts'
import { createImages, ImageUsers, type LocalImages } from './oci/index.ts'
import { createPackages } from './packages/index.ts'
import { registryRoutes } from './routes.ts'
import { type ArtifactRow, createArtifactStore, moveArtifacts, presentArtifact } from './store.ts'

export type { NewArtifact, Registry } from './door.ts'
export { BuildError, type BuildRequest, type ImageBuilds } from './builder/index.ts'
export type { ArtifactPublished } from './events.ts'
export {
  type Action,
  type ImageChange,
  type ImageSpace,
  type LocalImage,
  type LocalImages,
  OciError,
  type SpaceActor,
  type UsedImage,
} from './oci/index.ts'
export type { Checksums, Coordinates } from './model.ts'

const LARGEST_BYTES = 5 * 1024 ** 3

export async function createRegistry({ kernel }: { kernel: Kernel }): Promise<Registry> {
  await kernel.database.migrate('registry', registryMigrations)
  const imageUsers = new ImageUsers()
  const images = await createImages(kernel, imageUsers)
  const builds = await createImageBuilds(kernel, images)
  const registry = new ArtifactRegistry(kernel, { images, builds, imageUsers })
  kernel.http.add(registryRoutes(registry))
  kernel.http.edge(artifactEdge(registry))
  createPackages({ kernel, registry, store: createArtifactStore(kernel.database) })
  return registry
}

class ArtifactRegistry implements Registry {
  readonly images: LocalImages
  readonly builds: ImageBuilds
  readonly imageUsers: ImageUsers
  readonly #kernel: Kernel
  readonly #store: ReturnType<typeof createArtifactStore>
  readonly #blobs: OwnedBlobs

  constructor(kernel: Kernel, images: Pick<Registry, 'images' | 'builds' | 'imageUsers'>) {
    this.images = images.images
    this.builds = images.builds
    this.imageUsers = images.imageUsers
    this.#kernel = kernel
    this.#store = createArtifactStore(kernel.database)
    this.#blobs = kernel.blobs.of('artifacts', (ids) => this.#store.keptBlobs(ids))
  }

  artifactsMove(tx: Transaction, given: { project: string; name: string; to: string }) {
    return moveArtifacts(tx, given)
  }

  async artifactPut(actor: Actor, given: NewArtifact): Promise<Artifact> {
    model.checkCoordinates(given)
    const { blobs } = this.#kernel
    const hashes = model.hashing()
    const blob = await this.#blobs.write(given.bytes, {
      limitBytes: LARGEST_BYTES,
      tap: (piece) => hashes.tap(piece),
    })
    try {
      const checksums = { sha256: blob.sha256, ...hashes.digests() }
      model.checkPromise(given.promised ?? {}, checksums)
      const row = this.#row(actor, given, { ...blob, ...checksums })
      const kept = await this.#keep(actor, row, given.replace === true)
      if (kept.blob !== blob.id) await blobs.remove(blob.id)
      return presentArtifact(kept)
    } catch (error) {
      await blobs.remove(blob.id)
      throw error
    }
  }

  #row(
    actor: Actor,
    given: NewArtifact,
    bytes: { id: string; sizeBytes: number } & model.Checksums,
  ): ArtifactRow {
    const runOfActor = actor.kind === 'run' ? actor.id.replace(/^run:/, '') : null
    return {
      id: this.#kernel.ids.next('art'),
      project: given.project,
      name: given.name,
      version: given.version,
      path: given.path,
      blob: bytes.id,
      size: bytes.sizeBytes,
      content_type: given.contentType ?? model.contentTypeOf(given.path),
      sha256: bytes.sha256,
      sha1: bytes.sha1,
      md5: bytes.md5,
      run_id: given.runId ?? runOfActor,
      repo: given.repo ?? null,
      commit_sha: given.commit ?? null,
      created_at: this.#kernel.clock.now(),
      created_by: actor.id,
    }
  }

  /** Stores the row unless the same bytes stand there already; gives the row that stands there now. */
  #keep(actor: Actor, row: ArtifactRow, replace: boolean): Promise<ArtifactRow> {
    const { database, events, live, blobs } = this.#kernel
    return database.write(async (tx) => {
      const earlier = await this.#store.at(tx, row)
      if (earlier?.sha256 === row.sha256) return earlier
      if (earlier && !replace) {
        const artifact = `${row.name} ${row.version} ${row.path}`
        throw model.refuse('artifactExists', { artifact, sha256: earlier.sha256 })
      }
      if (earlier) {
        await this.#store.remove(tx, earlier.id)
        await events.append(tx, artifactRemoved(presentArtifact(earlier), actor.id))
        tx.afterCommit(() => void blobs.remove(earlier.blob))
      }
      await this.#store.insert(tx, row)
      await events.append(tx, artifactPublished(presentArtifact(row), actor.id))
      const message = { type: 'registry.artifactPublished', id: row.id }
      tx.afterCommit(() => live.publish(`project:${row.project}`, message))
      return row
    })
  }

  async artifactGet(project: string, id: string): Promise<Artifact> {
    return presentArtifact(await this.#found(project, id))
  }

  async artifactAt(place: model.Coordinates): Promise<Artifact | undefined> {
    const row = await this.#store.at(this.#kernel.database, place)
    return row && presentArtifact(row)
  }

  async artifactList(project: string, filter: ArtifactFilter) {
    const limit = Number(filter.limit ?? 50)
    const rows = await this.#store.list(project, filter)
    const items = rows.slice(0, limit).map(presentArtifact)
    return rows.length > limit ? { items, nextCursor: items.at(-1)!.id } : { items }
  }

  async artifactRead(artifact: Artifact, range?: { start: number; end: number }) {
    const row = await this.#found(artifact.project, artifact.id)
    return this.#kernel.blobs.read(row.blob, range)
  }

  async artifactDelete(actor: Actor, project: string, id: string): Promise<void> {
    const row = await this.#found(project, id)
    await this.#remove(actor, async () => [row])
  }

  async artifactVersionDelete(actor: Actor, project: string, id: string): Promise<number> {
    const row = await this.#found(project, id)
    return this.#remove(actor, (tx) => this.#store.ofVersion(tx, row))
  }

  async #remove(actor: Actor, which: (tx: Transaction) => Promise<ArtifactRow[]>): Promise<number> {
    const { database, events, live, blobs } = this.#kernel
    const removed = await database.write(async (tx) => {
      const rows = await which(tx)
      for (const row of rows) {
        await this.#store.remove(tx, row.id)
        await events.append(tx, artifactRemoved(presentArtifact(row), actor.id))
        const message = { type: 'registry.artifactRemoved', id: row.id }
        tx.afterCommit(() => live.publish(`project:${row.project}`, message))
      }
      return rows
    })
    for (const { blob } of removed) await blobs.remove(blob)
    return removed.length
  }

  async #found(project: string, id: string): Promise<ArtifactRow> {
    const row = await this.#store.byId(project, id)
    if (!row) throw model.refuse('artifactNotFound', { artifact: id })
    return row
  }
}
