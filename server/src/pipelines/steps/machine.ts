import { createHash } from 'node:crypto'
import type { Files, Machine } from '../agents/index.ts'
import type { Call, Scope } from '../engine/index.ts'

/** The machine of the node around a step. */
export function machineOf({ session, node }: Scope): Machine {
  return session.parts.agents.machineOf(node!)
}

export const filesOf = (scope: Scope): Files => machineOf(scope).files

/** What tells the program of a step from all others: the same before and after a restart. */
export interface StepProgram {
  run: string
  id: string
  folder: string
  offline(reason: string): void
}

/** A step may have several, each of a name. */
export function stepProgram({ session, scope, path }: Call, name = ''): StepProgram {
  const id = createHash('sha256')
    .update(path + name)
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
