import type { NewEvent } from '../kernel/index.ts'
import type { ProjectRow } from './store-projects.ts'

/** `identity.projectCreated`, `identity.projectChanged` and `identity.projectDeleted`. */
export interface ProjectEvent {
  key: string
  name: string
}

/** `identity.memberChanged`; no role: the person left. */
export interface MemberEvent {
  project: string
  name: string
  role?: string
}

export function projectEvent(
  type: 'identity.projectCreated' | 'identity.projectChanged' | 'identity.projectDeleted',
  actor: string,
  row: ProjectRow,
): NewEvent {
  const data: ProjectEvent = { key: row.key, name: row.name }
  return {
    type,
    subject: `project:${row.key}`,
    project: row.key,
    actor,
    data,
    nodes: [
      {
        kind: 'project',
        id: row.key,
        project: row.key,
        title: row.name,
        url: `/p/${row.key}`,
        text: row.description,
        removed: type === 'identity.projectDeleted',
      },
    ],
  }
}
