import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { AntPatterns, Files, FoundFile, Machine } from '../agents/index.ts'
import { abortException, type Call, type Scope } from '../engine/index.ts'
import { temporaryFolder } from './workspace.ts'

/** The machine of the node around a step. */
export function machineOf({ session, node }: Scope): Machine {
  return session.parts.agents.machineOf(node!)
}

/** Its files, for as long as the step is not interrupted. */
export function filesOf(call: Call): Files {
  const { offline } = stepProgram(call)
  return call.session.parts.agents.machineOf(call.scope.node!, { signal: call.signal, offline })
    .files
}

/** A path of a step on its machine; refused when it leads out of the workspace, also by a link. */
export async function placeOf(call: Call, path: string): Promise<string> {
  const { folder, node } = call.scope
  const target = resolve(folder!, path)
  const roots = [node!.workspace, temporaryFolder(call.scope)]
  if (await filesOf(call).isWithin(target, roots)) return target
  throw abortException(`${path} is outside the workspace ${node!.workspace}`)
}

/** Files below a folder (the step's own unless another is given) that fit Ant patterns, sorted. */
export function filesIn(
  call: Call,
  patterns: AntPatterns,
  folder = call.scope.folder!,
): Promise<FoundFile[]> {
  return filesOf(call).find(folder, call.scope.node!.workspace, patterns)
}

/** A whole file; for what is known to be small. */
export async function bytesOf(call: Call, path: string): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of filesOf(call).read(path)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** What tells the program of a step from all others: the same before and after a restart. */
export interface StepProgram {
  run: string
  id: string
  folder: string
  offline(reason: string): void
}

/** A step may have several, each of a name. */
export function stepProgram({ session, scope, path }: Call, name = ''): StepProgram {
  // Of this run alone: what bears its id is ended with it, and paths are alike in all runs.
  const id = createHash('sha256')
    .update(`${session.record.id} ${path}${name}`)
    .digest('hex')
    .slice(0, 24)
  return {
    run: session.record.id,
    id,
    folder: session.file('steps', id),
    // The time makes it a line of its own each time, also after a restart.
    offline: (reason) =>
      scope.sayOnce(
        `${path}!offline-${session.nowMs()}`,
        `Cannot contact ${scope.node!.name}: ${reason}`,
      ),
  }
}
