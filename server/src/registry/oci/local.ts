import type { Actor } from '../../kernel/index.ts'
import { blobKeep, blobMount, blobText } from './blobs.ts'
import { readManifest } from './manifest-document.ts'
import { LARGEST_CONFIG_BYTES, manifestKeep } from './manifests.ts'
import { checkTag, digestOf, isDigest, repoNameOf } from './names.ts'
import type { OciParts } from './parts.ts'
import * as store from './store.ts'

/** The store of images for those who work in this process: no requests, the same rules. */
export class LocalImages {
  readonly #parts: OciParts

  constructor(parts: OciParts) {
    this.#parts = parts
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
