import type { Actor } from '../../kernel/index.ts'
import { jobAt, listJobs } from '../store-jobs.ts'
import type { JobRow, PipelinesTables } from '../tables.ts'
import { decoded, type Container, type Item, nameOf, placeOf } from './model.ts'
import { ROOT_PROJECT, type RemoteParts } from './parts.ts'
import { itemAt, itemsOf } from './store.ts'
import type { ItemRow } from './tables.ts'

const MOST_JOBS = 1000

/** Finds items as somebody sees them: what they have no role in is not there. */
export class Items {
  readonly #parts: RemoteParts
  readonly actor: Actor

  constructor(parts: RemoteParts, actor: Actor) {
    this.#parts = parts
    this.actor = actor
  }

  get #db() {
    return this.#parts.kernel.database.tables<PipelinesTables>()
  }

  get root(): Item {
    return { kind: 'root', project: '', names: [] }
  }

  async find(names: readonly string[]): Promise<Item | undefined> {
    const [first, ...rest] = names
    if (first === undefined) return this.root
    const outside = await this.#inProject(ROOT_PROJECT, [...names])
    if (outside) return outside
    if (first === ROOT_PROJECT) return undefined
    return this.#inProject(first, rest)
  }

  async #inProject(project: string, names: string[]): Promise<Item | undefined> {
    const { identity, kernel, code } = this.#parts
    if ((await identity.roleIn(this.actor, project)) === undefined) return undefined
    if (names.length === 0) {
      const found = project === ROOT_PROJECT ? undefined : await identity.projectGet(project)
      return found && { kind: 'project', project, names, description: found.description }
    }
    const path = names.join('/')
    const row = await itemAt(kernel.database, project, path)
    if (row && row.kind !== 'multibranch') return this.#made(row)
    const [asked = '', branch] = names
    // Its jobs stay with the name it was made as, by whichever it is asked for.
    const repo = names.length > 2 ? undefined : (await code.repoGet(project, asked))?.name
    if (repo === undefined) return undefined
    if (branch !== undefined) return this.#branch(project, repo, branch)
    const settings = repo === asked ? row : await itemAt(kernel.database, project, repo)
    return { kind: 'multibranch', project, names: [repo], repo, row: settings }
  }

  async #branch(project: string, repo: string, name: string): Promise<Item | undefined> {
    const job = await jobAt(this.#db, { project, repo, branch: decoded(name) })
    if (!job || job.source !== null) return undefined
    return { kind: 'branch', project, names: [repo, encodeURIComponent(job.branch)], repo, job }
  }

  async #made(row: ItemRow): Promise<Item | undefined> {
    const { project } = row
    const names = row.path.split('/')
    if (row.kind === 'folder') return { kind: 'folder', project, names, row }
    const job = await jobAt(this.#db, placeOf(project, row.path))
    return job && { kind: 'plain', project, names, row, job }
  }

  /** What lies directly in a container, by name. */
  async children(of: Container): Promise<Item[]> {
    if (of.kind === 'root') return this.#top()
    if (of.kind === 'multibranch') return this.#branches(of.project, of.repo)
    return this.#within(of.project, of.names)
  }

  async #top(): Promise<Item[]> {
    const projects = await this.#parts.identity.projectList(this.actor)
    const folders = projects
      .filter(({ key }) => key !== ROOT_PROJECT)
      .map(({ key, description }): Item => ({
        kind: 'project',
        project: key,
        names: [],
        description,
      }))
    const hasOutside = projects.some(({ key }) => key === ROOT_PROJECT)
    const outside = hasOutside ? await this.#within(ROOT_PROJECT, []) : []
    return [...folders, ...outside].sort(byName)
  }

  async #within(project: string, names: string[]): Promise<Item[]> {
    const { kernel, code } = this.#parts
    const rows = await itemsOf(kernel.database, project)
    const prefix = names.map((name) => `${name}/`).join('')
    const own = rows.filter(
      ({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'),
    )
    const made = own.filter(({ kind }) => kind !== 'multibranch').map((row) => this.#made(row))
    const items = (await Promise.all(made)).filter((item) => item !== undefined)
    if (names.length > 0) return items
    const repos = await code.repoList(project)
    const found = repos.map(({ name }): Item => {
      const row = own.find(({ path }) => path === name)
      return { kind: 'multibranch', project, names: [name], repo: name, row }
    })
    return [...items, ...found].sort(byName)
  }

  async #branches(project: string, repo: string): Promise<Item[]> {
    const rows = await listJobs(this.#db, project, { repo, limit: MOST_JOBS })
    return rows
      .filter(({ source, disabled }) => source === null && disabled === null)
      .sort((a, b) => (a.branch < b.branch ? -1 : 1))
      .map((job): Item => branchItem(job))
  }

  /** The item that a run is a build of. */
  async ofJob(job: JobRow): Promise<Item | undefined> {
    if (job.source === null) return branchItem(job)
    const path = job.branch === '' ? job.repo : `${job.repo}/${job.branch}`
    const row = await itemAt(this.#parts.kernel.database, job.project, path)
    return row && { kind: 'plain', project: job.project, names: path.split('/'), row, job }
  }
}

/** As Jenkins lists them: without regard to case. */
function byName(a: Item, b: Item): number {
  return nameOf(a).toLowerCase() < nameOf(b).toLowerCase() ? -1 : 1
}

function branchItem(job: JobRow): Item {
  const { project, repo, branch } = job
  return { kind: 'branch', project, names: [repo, encodeURIComponent(branch)], repo, job }
}
