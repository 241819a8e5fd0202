import type { ImageUse } from '@madang/api'
import type { Database } from '../../kernel/index.ts'
import type { Descriptor } from './manifest-document.ts'
import * as store from './store.ts'

/** An image, by all names that something which runs it may know it by. */
export interface UsedImage {
  /** The project's key. */
  project: string
  /** `gb/guestbook`. */
  repo: string
  tags: string[]
  /** Of the manifest and its config; of an index, those of its images, too. */
  digests: string[]
}

/** What runs from the image now, of what the asker may see: a viewer of its project. */
export type ImageUser = (image: UsedImage) => Promise<ImageUse[]>

/**
 * Who runs things from images. The registry knows none of them: each tells what it runs when
 * somebody looks. The answers stand in the order in which they were added.
 */
export class ImageUsers {
  readonly #users: ImageUser[] = []

  add(user: ImageUser): void {
    this.#users.push(user)
  }

  async of(image: UsedImage): Promise<ImageUse[]> {
    return (await Promise.all(this.#users.map((user) => user(image)))).flat()
  }
}

/** The image of a manifest, as others may know it. */
export async function usedImage(
  source: Pick<Database, 'tables'>,
  project: string,
  row: store.ManifestRow,
): Promise<UsedImage> {
  const { manifests = [] } = JSON.parse(row.content) as { manifests?: Descriptor[] }
  const children = await store.manifestsByDigest(
    source,
    row.repo,
    manifests.map(({ digest }) => digest),
  )
  const rows = [row, ...children.values()]
  return {
    project,
    repo: row.repo,
    tags: await store.tagsOf(source, row.repo, row.digest),
    digests: rows.flatMap((it) => [it.digest, ...configOf(it)]),
  }
}

/** Docker's image id is the digest of the config. */
function configOf({ content }: store.ManifestRow): string[] {
  const { config } = JSON.parse(content) as { config?: Descriptor }
  return config ? [config.digest] : []
}
