import {
  type Deployment,
  type Environment,
  type Page,
  type ReleaseChanges,
  type ReleaseCommit,
  releasesErrors,
} from '@madang/api'
import { type Kernel, refusals } from '../kernel/index.ts'
import { commitsBetween } from './commits.ts'
import { formerNames } from './environment-names.ts'
import type { DeploymentRow } from './migrations.ts'
import type { CodePort, PlanPort } from './ports.ts'
import { presented } from './present.ts'
import * as store from './store.ts'

const refuse = refusals(releasesErrors)

interface Parts {
  kernel: Kernel
  code: CodePort
  plan: PlanPort
}

/** What the pages and the capabilities to the right read of releases. */
export class ReleaseViews {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get #database() {
    return this.#parts.kernel.database
  }

  async row(project: string, id: string): Promise<DeploymentRow> {
    const row = await store.deploymentById(this.#database, project, id)
    if (!row) throw refuse('deploymentNotFound', { id, project })
    return row
  }

  async get(project: string, id: string): Promise<Deployment> {
    return this.#one(await this.row(project, id))
  }

  async #one(row: DeploymentRow): Promise<Deployment> {
    return (await presented(this.#database, [row]))[0]!
  }

  async list(project: string, filter: store.DeploymentFilter): Promise<Page<Deployment>> {
    const { limit } = filter
    const rows = await store.deployments(this.#database, project, { ...filter, limit: limit + 1 })
    const items = await presented(this.#database, rows.slice(0, limit))
    return { items, nextCursor: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  async environments(project: string): Promise<Environment[]> {
    const known = await store.environments(this.#database, project)
    const running = await store.currentDeployments(this.#database, project)
    const current = await presented(this.#database, running)
    const former = [...(await formerNames(this.#database, project))]
    return Promise.all(
      known.map(async ({ name, position, made_as: first }) => {
        const filter = { environment: name, limit: 1 }
        const { items } = await this.list(project, filter)
        const here = current.filter((deployment) => deployment.environment === name)
        const names = former.filter((pair) => pair[1] === (first ?? name) && pair[0] !== name)
        const formerly = names.map((pair) => pair[0])
        return {
          name,
          formerNames: formerly.toSorted(),
          project,
          position,
          current: here,
          latest: items[0],
        }
      }),
    )
  }

  /** Commits and issues since another deployment; without one, since the last that succeeded. */
  async changes(project: string, id: string, since?: string): Promise<ReleaseChanges> {
    const to = await this.row(project, id)
    const from =
      since === undefined
        ? await store.previousOf(this.#database, to)
        : await this.row(project, since)
    const commits = await this.#commits(from, to)
    const removedCommits = from ? await this.#commits(to, from) : []
    const named = [...commits, ...removedCommits].flatMap((commit) => commit.issues)
    return {
      from: from && (await this.#one(from)),
      to: await this.#one(to),
      commits,
      removedCommits,
      issues: [...new Set(named)],
    }
  }

  async #commits(from: DeploymentRow | undefined, to: DeploymentRow): Promise<ReleaseCommit[]> {
    const { repo, commit_sha: sha } = to
    if (repo === null || sha === null) return []
    const run = (await store.runsById(this.#database, [to.run_id ?? ''])).get(to.run_id ?? '')
    const project = run?.project ?? to.project
    const isSameRepo = from?.repo === repo
    const since = isSameRepo ? (from?.commit_sha ?? undefined) : undefined
    return commitsBetween(this.#parts, { project, repo, from: since, to: sha })
  }

  async currentOfStack(stackId: string): Promise<Deployment | undefined> {
    const row = await store.currentOfStack(this.#database, stackId)
    return row && this.#one(row)
  }

  async allCurrent(): Promise<DeploymentRow[]> {
    return store.currentDeployments(this.#database)
  }
}
