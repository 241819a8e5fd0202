import type { Identity } from '../identity/index.ts'
import type { Actor } from '../kernel/index.ts'

/** What somebody may see. */
export interface Sight {
  /** Keys of the projects. */
  projects: ReadonlySet<string>
  /** Things that belong to no project, such as a stack that somebody made by hand. */
  seesUnowned: boolean
  sees(project: string | null): boolean
}

export async function sightOf(identity: Identity, actor: Actor): Promise<Sight> {
  const projects = new Set((await identity.projectList(actor)).map((project) => project.key))
  const seesUnowned = actor.kind !== 'run' && actor.project === undefined
  return {
    projects,
    seesUnowned,
    sees: (project) => (project === null ? seesUnowned : projects.has(project)),
  }
}
