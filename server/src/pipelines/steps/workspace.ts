import type { Scope } from '../engine/index.ts'

/** Scratch folder beside a workspace, for secret files: never archived, removed with the block. */
export function temporaryFolder(scope: Scope): string {
  return `${scope.node!.workspace}@tmp`
}
