import { type Actor, parseColumn } from '../../kernel/index.ts'
import { blobKeep, blobMount, blobText, LARGEST_BYTES, uploadKeep } from './blobs.ts'
import type { ImageFacts } from './image-facts.ts'
import { readManifest } from './manifest-document.ts'
import { LARGEST_CONFIG_BYTES, manifestKeep, manifestRemove } from './manifests.ts'
import { checkTag, digestOf, isDigest, repoNameOf } from './names.ts'
import type { OciParts } from './parts.ts'
import type { ImageSpaces } from './spaces.ts'
import * as store from './store.ts'

export interface LocalImage {
  digest: string
  mediaType: string
  artifactType: string | undefined
  /** As it was pushed. */
  text: string
  /** Of its layers, compressed. */
  sizeBytes: number
  pushedAtMs: number
  /** In order. */
  tags: string[]
}

/** The store of images for those who work in this process: no requests, the same rules. */
export class LocalImages {
  readonly #parts: OciParts

  constructor(parts: OciParts) {
    this.#parts = parts
  }

  get spaces(): ImageSpaces {
    return this.#parts.spaces
  }

  /** Makes the repository before anything is pushed to it. */
  async ensure(name: string): Promise<void> {
    const { database, clock } = this.#parts.kernel
    await database.write((tx) => store.repoEnsure(tx, repoNameOf(name), clock.now()))
  }

  /** All of a repository, the oldest first. */
  async list(name: string): Promise<LocalImage[]> {
    const { database } = this.#parts.kernel
    const tags = Map.groupBy(await store.tagsByAge(database, name), ({ digest }) => digest)
    const rows = await store.manifestsOf(database, name)
    return rows.map((row) => ({
      digest: row.digest,
      mediaType: row.media_type,
      artifactType: row.artifact_type ?? undefined,
      text: row.content,
      sizeBytes: parseColumn<ImageFacts>(row.facts).sizeBytes,
      pushedAtMs: row.pushed_at,
      tags: (tags.get(row.digest) ?? []).map(({ tag }) => tag).reverse(),
    }))
  }

  /** A tag, or an image with all its tags, by its digest. */
  remove(actor: Actor, name: string, reference: string): Promise<boolean> {
    return manifestRemove(this.#parts, actor, repoNameOf(name), reference)
  }

  /** The repository with everything in it. */
  async drop(name: string): Promise<void> {
    await this.#parts.kernel.database.write((tx) => store.repoRemove(tx, name))
  }

  /** Bytes of a blob that the repository has; undefined: it has not. */
  async holds(name: string, digest: string): Promise<number | undefined> {
    return (await store.linkedBlob(this.#parts.kernel.database, name, digest))?.size
  }

  /** The manifest of a tag or digest, fetched by the project's proxy where the name is one of it. */
  async manifest(name: string, reference: string) {
    const { database } = this.#parts.kernel
    await this.#parts.proxy.manifest(repoNameOf(name), reference)
    const row = isDigest(reference)
      ? await store.manifestByDigest(database, name, reference)
      : await store.manifestByTag(database, name, checkTag(reference))
    return row && { digest: row.digest, document: readManifest(row.content, row.media_type) }
  }

  /** A config file; undefined: none there, or too large to be one. */
  async config(name: string, digest: string): Promise<string | undefined> {
    await this.#parts.proxy.blob(repoNameOf(name), digest)
    return blobText(this.#parts, name, digest, LARGEST_CONFIG_BYTES)
  }

  /** Path of a blob's file; read only. */
  async file(name: string, digest: string): Promise<{ path: string; size: number } | undefined> {
    await this.#parts.proxy.blob(repoNameOf(name), digest)
    const { database, blobs } = this.#parts.kernel
    const held = await store.linkedBlob(database, name, digest)
    return held && { path: blobs.path(held.blob), size: held.size }
  }

  /** A blob of any repository of the project, held by this one from now on; false: there is none. */
  async adopt(name: string, digest: string): Promise<boolean> {
    const to = repoNameOf(name)
    const from = await store.holderIn(this.#parts.kernel.database, to.project, digest)
    return from !== undefined && blobMount(this.#parts, { from, to, digest })
  }

  /** Begins the upload of a blob; gives its id. */
  begin(name: string): Promise<string> {
    return this.#parts.uploads.start(name)
  }

  /** Bytes that an upload has so far. Throws BLOB_UPLOAD_UNKNOWN. */
  received(name: string, id: string): Promise<number> {
    return this.#parts.uploads.size(name, id)
  }

  /** Appends bytes to an upload that has `from`; gives how many it has then. */
  append(id: string, from: number, bytes: Uint8Array): Promise<number> {
    const pieces = (async function* () {
      yield bytes
    })()
    return this.#parts.uploads.append(id, from, pieces, LARGEST_BYTES)
  }

  /** The upload becomes a blob. Throws DIGEST_INVALID for bytes that are another; it has ended then, too. */
  async finish(name: string, id: string, digest: string): Promise<void> {
    const size = await this.received(name, id)
    await uploadKeep(this.#parts, repoNameOf(name), { id, digest, size })
  }

  /** Takes over a file of the data folder. */
  async put(name: string, of: { digest: string; size: number; file: string }): Promise<void> {
    await blobKeep(this.#parts, repoNameOf(name), of)
  }

  /** Stores a manifest under tags; gives its digest. */
  async tag(actor: Actor, name: string, text: string, tags: string[]): Promise<string> {
    const bytes = Buffer.from(text)
    const digest = digestOf(bytes)
    await manifestKeep(this.#parts, actor, {
      repo: repoNameOf(name),
      digest,
      text,
      size: bytes.length,
      manifest: readManifest(text, undefined),
      tags: tags.map(checkTag),
    })
    return digest
  }

  /** One more name of an image that is here; false: it is not. */
  async retag(actor: Actor, name: string, from: string, to: string): Promise<boolean> {
    const row = await store.manifestByTag(this.#parts.kernel.database, name, checkTag(from))
    if (!row) return false
    await this.tag(actor, name, row.content, [to])
    return true
  }
}
