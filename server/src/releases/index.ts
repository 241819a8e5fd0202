import type { Deployment, Environment, Page, ReleaseChanges } from '@madang/api'
import type { BitbucketDoor, RepoMoves } from '../code/index.ts'
import type { Kernel } from '../kernel/index.ts'
import type { Registry } from '../registry/index.ts'
import { releasesOfImage } from './image-uses.ts'
import { addBitbucketCalls } from './bitbucket.ts'
import { releasesMigrations } from './migrations.ts'
import type { CloudPort, CodePort, IdentityPort, PlanPort } from './ports.ts'
import { removePreviews } from './previews.ts'
import { type DeploymentDetails, detailsOf } from './present.ts'
import { recordDeployment, recordRun } from './record.ts'
import { releasesRoutes } from './routes.ts'
import type { DeploymentFilter } from './store.ts'
import { runsMoved } from './store.ts'
import { ReleaseViews } from './views.ts'

export type { Deployed } from './events.ts'
export type { DeploymentDetails } from './present.ts'

/** A service that runs now, with what its stack holds. */
export interface RunningService {
  deploymentId: string
  project: string
  environment: string
  service: string
  stackId: string
  stackName: string
  region: string
  version: string
  details: DeploymentDetails
}

/** What version is where, since when, by whom; recorded from what runs do to stacks. */
export interface Releases {
  environments(project: string): Promise<Environment[]>
  deploymentGet(project: string, id: string): Promise<Deployment>
  deploymentList(project: string, filter: DeploymentFilter): Promise<Page<Deployment>>
  /** What runs now from this stack. */
  currentOfStack(stackId: string): Promise<Deployment | undefined>
  changes(project: string, id: string, since?: string): Promise<ReleaseChanges>
  running(): Promise<RunningService[]>
}

export async function createReleases(given: {
  kernel: Kernel
  identity: IdentityPort
  cloud: CloudPort
  plan: PlanPort
  code: CodePort
  /** Where what runs from an image is told. */
  registry?: Pick<Registry, 'imageUsers'>
  /** The Bitbucket API, to which environments and deployments are added. */
  bitbucket?: BitbucketDoor
  /** Where it is told what goes with a repository to another project. */
  moves?: RepoMoves
}): Promise<Releases> {
  const { kernel } = given
  await kernel.database.migrate('releases', releasesMigrations)
  const views = new ReleaseViews(given)
  kernel.events.listen({
    name: 'releases',
    types: ['pipelines.runStarted', 'cloud.stackChanged'],
    handle: (event) =>
      event.type === 'cloud.stackChanged'
        ? recordDeployment(given, event)
        : recordRun(given, event),
  })
  kernel.events.listen({
    name: 'releases.previews',
    types: ['code.pullRequestMerged', 'code.pullRequestDeclined'],
    handle: (event) => removePreviews(given, event),
  })
  kernel.http.add(releasesRoutes({ ...given, views }))
  given.moves?.add(runsMoved)
  given.registry?.imageUsers.add((image) => releasesOfImage(kernel.database, image))
  if (given.bitbucket) addBitbucketCalls(given.bitbucket, { ...given, views })
  return {
    environments: (project) => views.environments(project),
    deploymentGet: (project, id) => views.get(project, id),
    deploymentList: (project, filter) => views.list(project, filter),
    currentOfStack: (stackId) => views.currentOfStack(stackId),
    changes: (project, id, since) => views.changes(project, id, since),
    async running() {
      const rows = await views.allCurrent()
      return rows.map((row) => ({
        deploymentId: row.id,
        project: row.project,
        environment: row.environment,
        service: row.service,
        stackId: row.stack_id,
        stackName: row.stack_name,
        region: row.region,
        version: row.version,
        details: detailsOf(row),
      }))
    },
  }
}
