import type { Artifact, CallResult, packageEndpoints } from '@madang/api'

export interface OfArtifact {
  artifact: Artifact
  /** What a package manager reads of it; undefined until it is known. */
  file: CallResult<typeof packageEndpoints.packageFileGet> | undefined
}
