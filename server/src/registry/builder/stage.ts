import { createHash } from 'node:crypto'
import type { ImageConfig } from './image-config.ts'
import type { Layer } from './layer-write.ts'
import type { RootFolder } from './root-folder.ts'
import { read } from './spool.ts'
import type { Change, Tree } from './tree.ts'

export interface StageLayer extends Layer {
  mediaType: string
}

/** One `FROM` and what follows it, while it is built. */
export interface Stage {
  /** Of `FROM … AS name`, in small letters. */
  name: string | undefined
  tree: Tree
  layers: StageLayer[]
  image: ImageConfig
  /** Of ARG, in order; they are variables of RUN, too. */
  args: Map<string, string>
  hasOwnCommand: boolean
  /** For RUN; made when the first comes. */
  root: RootFolder | undefined
}

/** What a layer stands on: the same chain and the same step give the same files. */
export function chainOf(stage: Stage): string {
  const hash = createHash('sha256')
  for (const id of stage.image.rootfs.diff_ids) hash.update(`${id}\n`)
  return hash.digest('hex')
}

/** A digest of what changes, times left out. */
export async function digestOfChanges(changes: readonly Change[]): Promise<string> {
  const all = createHash('sha256')
  for (const { path, entry } of changes) {
    const { type, mode, uid, gid, target, content } = entry ?? {}
    all.update(`${JSON.stringify([path, type, mode, uid, gid, target, content?.size])}\n`)
    if (!content) continue
    const one = createHash('sha256')
    for await (const piece of read(content)) one.update(piece)
    all.update(one.digest())
  }
  return all.digest('hex')
}

export function noteHistory(
  stage: Stage,
  entry: { createdBy: string; createdAt: string; layer: StageLayer | undefined },
): void {
  const { createdBy, createdAt, layer } = entry
  stage.image.history = [
    ...(stage.image.history ?? []),
    {
      created: createdAt,
      created_by: createdBy,
      comment: 'madang',
      ...(layer === undefined && { empty_layer: true }),
    },
  ]
  if (!layer) return
  stage.layers.push(layer)
  stage.image.rootfs.diff_ids.push(layer.diffId)
}
