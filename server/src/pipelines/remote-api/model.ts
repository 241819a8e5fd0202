import type { JobPlace } from '../model.ts'
import type { JobRow } from '../tables.ts'
import { type JobDefinition, readDefinition } from './definition.ts'
import { ROOT_PROJECT } from './parts.ts'
import type { ItemRow } from './tables.ts'

interface Base {
  project: string
  /** Names in the project; empty for the project itself. */
  names: string[]
}

/** What a `/job/…/job/…` path leads to. */
export type Item =
  | (Base & { kind: 'root' })
  | (Base & { kind: 'project'; description: string })
  | (Base & { kind: 'folder'; row: ItemRow })
  | (Base & { kind: 'multibranch'; repo: string; row: ItemRow | undefined })
  | (Base & { kind: 'branch'; repo: string; job: JobRow })
  | (Base & { kind: 'plain'; row: ItemRow; job: JobRow })

export type JobItem = Extract<Item, { kind: 'branch' | 'plain' }>
export type Container = Exclude<Item, JobItem>

export const isJob = (item: Item): item is JobItem =>
  item.kind === 'branch' || item.kind === 'plain'

/** Names from the root of all; the project's key is the first, but for jobs outside any. */
export function pathOf({ project, names }: Base): string[] {
  return project === ROOT_PROJECT || project === '' ? names : [project, ...names]
}

/** `GB/guestbook/feature%2Fx`. */
export const fullNameOf = (item: Base): string => pathOf(item).join('/')

export const fullDisplayNameOf = (item: Base): string => pathOf(item).map(decoded).join(' » ')

export const nameOf = (item: Base): string => pathOf(item).at(-1) ?? ''

/** `job/GB/job/guestbook/job/feature%252Fx/`, below the root; the root itself is empty. */
export const urlOf = (item: Base): string =>
  pathOf(item)
    .map((name) => `job/${encodeURIComponent(name)}/`)
    .join('')

/** A branch's name is escaped once to be a job's name. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** The place of a plain job: the first name as the repository, the rest as the branch. */
export function placeOf(project: string, path: string): JobPlace {
  const [repo = '', ...rest] = path.split('/')
  return { project, repo, branch: rest.join('/') }
}

export const pathOfPlace = ({ repo, branch }: JobPlace): string =>
  branch === '' ? repo : `${repo}/${branch}`

export function definitionOf(item: JobItem): JobDefinition | undefined {
  if (item.kind === 'branch') return undefined
  const definition = readDefinition(item.row.config)
  return definition.kind === 'job' ? definition : undefined
}

export const isDisabled = (item: JobItem): boolean =>
  item.kind === 'plain' ? item.row.disabled === 1 : item.job.disabled !== null
