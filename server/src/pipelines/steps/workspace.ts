import { resolve } from 'node:path'
import { type AntPatterns, isWithin, localFiles } from '../agents/index.ts'
import { abortException, type Scope } from '../engine/index.ts'

/** Scratch folder beside a workspace, for secret files: never archived, removed with the block. */
export function temporaryFolder(scope: Scope): string {
  return `${scope.node!.workspace}@tmp`
}

/**
 * A path of a step, from the current folder. Refused when it leaves the workspace, also by way of a
 * symbolic link: steps run inside the server and must not be led to its own files.
 */
export function pathInWorkspace(scope: Scope, path: string): string {
  onThisMachine(scope)
  const target = resolve(scope.folder!, path)
  if (isWithin(target, [scope.node!.workspace, temporaryFolder(scope)])) return target
  throw abortException(`${path} is outside the workspace ${scope.node!.workspace}`)
}

/** Nothing here is done to this machine's files for a step that runs on an agent. */
function onThisMachine({ node }: Scope): void {
  if (!node?.agent) return
  throw abortException(`This does not work on agents yet, and ${node.name} is one`)
}

/** Files below a folder that fit Ant patterns (`**`, `*`, `?`, commas between), sorted, with `/`. */
export async function antFiles(scope: Scope, patterns: AntPatterns): Promise<string[]> {
  onThisMachine(scope)
  const found = await localFiles.find(scope.folder!, scope.node!.workspace, patterns)
  return found.map(({ path }) => path)
}
