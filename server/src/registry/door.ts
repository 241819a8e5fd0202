import type { Artifact, ArtifactFilter } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import type { ImageBuilds } from './builder/index.ts'
import type { Checksums, Coordinates } from './model.ts'
import type { ImageUsers, LocalImages } from './oci/index.ts'

export interface NewArtifact {
  project: string
  name: string
  version: string
  /** Path of the file inside the version, with `/`. */
  path: string
  runId?: string
  repo?: string
  /** 40-hex commit of `repo` that it was made from. */
  commit?: string
  contentType?: string
  /** What the uploader says the bytes are; a difference is refused. */
  promised?: Partial<Checksums>
  bytes: AsyncIterable<Uint8Array> | Uint8Array
  /** Other bytes at the same place replace the earlier ones: for a run that archives a file again. */
  replace?: boolean
}

/**
 * Generic artifacts: files with checksums, tied to the run and commit that made them. A place
 * (project, name, version, path) keeps its bytes; putting the same bytes again is fine.
 */
export interface Registry {
  artifactPut(actor: Actor, artifact: NewArtifact): Promise<Artifact>
  artifactGet(project: string, id: string): Promise<Artifact>
  artifactAt(place: Coordinates): Promise<Artifact | undefined>
  artifactList(
    project: string,
    filter: ArtifactFilter,
  ): Promise<{ items: Artifact[]; nextCursor?: string }>
  /** The bytes, or those from `start` to `end` (both included). */
  artifactRead(
    artifact: Artifact,
    range?: { start: number; end: number },
  ): Promise<AsyncIterable<Uint8Array>>
  artifactDelete(actor: Actor, project: string, id: string): Promise<void>
  /**
   * What runs of a repository archived under a name goes to another project with it. False, and nothing
   * done, where one of its places is taken there.
   */
  artifactsMove(
    tx: Transaction,
    given: { project: string; name: string; to: string },
  ): Promise<boolean>
  /** All files of the version that the artifact is of, or none; gives how many they were. */
  artifactVersionDelete(actor: Actor, project: string, id: string): Promise<number>
  /** The store of images, and the spaces in it that are not of projects. */
  readonly images: LocalImages
  /** Images of Dockerfiles, where no Docker Engine answers. */
  readonly builds: ImageBuilds
  /** Who runs things from images tells it here, so that an image's page can say it. */
  readonly imageUsers: ImageUsers
}
