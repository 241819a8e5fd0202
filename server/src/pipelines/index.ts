import { availableParallelism } from 'node:os'
import type { Kernel, StoredEvent } from '../kernel/index.ts'
import type { Registry } from '../registry/index.ts'
import type { BitbucketDoor, RepoMoves } from '../code/index.ts'
import { createAgents } from './agents/index.ts'
import { addBitbucketCalls } from './bitbucket/index.ts'
import { warmReader } from './declarative/index.ts'
import { PipelinesDoor } from './door.ts'
import { abortException, type EngineParts, Locks, NODE_NAME, Nodes } from './engine/index.ts'
import type { RunFinished } from './events.ts'
import { containersOfImage } from './image-uses.ts'
import { logEdge } from './log-http.ts'
import { pipelinesMigrations } from './migrations.ts'
import type { CloudPort, CodePort, IdentityPort, PullRequestChanged, Pushed } from './ports.ts'
import { createRemoteApi, type RemoteParts } from './remote-api/index.ts'
import { moveRuns } from './repo-moves.ts'
import { pipelinesRoutes } from './routes.ts'
import { queueBranchGone } from './queue-branches.ts'
import { Runs } from './runs.ts'
import { createSchedules, scheduleRoutes } from './schedules/index.ts'
import { nestedSteps } from './stages/index.ts'
import { commitsOf, listFiles, steps } from './steps/index.ts'
import { jobAt } from './store-jobs.ts'
import { finishedRuns, runById } from './store-runs.ts'
import type { PipelinesTables } from './tables.ts'
import { findJob } from './upstream.ts'
import { createCredentialStore } from './store-credentials.ts'
import { createSshStore, sshRoutes } from './ssh/index.ts'
import { createVariableStore } from './store-variables.ts'
import { Triggers } from './triggers.ts'

export type { RunFinished, RunStarted } from './events.ts'
export type { AwsCalls, AwsCredentials, CloudPort, CodePort, IdentityPort } from './ports.ts'
export type { PipelinesDoor } from './door.ts'

/** Whoever waited for the start comes first. */
const WARM_AFTER_MS = 500

export interface PipelinesParts {
  kernel: Kernel
  registry: Registry
  code: CodePort
  identity: IdentityPort
  cloud: CloudPort
  /** Scheme, host and port of the platform; asked when a run starts. */
  originUrl(): string
  /** `node` blocks side by side; twice the cores unless told. */
  executors?: number
  /** Further labels of this machine. */
  labels?: string[]
  /** The Jenkins Remote API's own needs; without them there is none. */
  remote?: Pick<RemoteParts, 'identity' | 'code'>
  /** The Bitbucket API, to which the calls about runs are added. */
  bitbucket?: BitbucketDoor
  /** Where it is told what goes with a repository to another project. */
  moves?: RepoMoves
}

export interface Pipelines extends PipelinesDoor {
  /** Takes up the runs of before and starts queued ones; after the server listens. */
  start(): Promise<void>
}

/** The Jenkinsfile engine: jobs from branches, durable runs, their logs, tests and inputs. */
export async function createPipelines(given: PipelinesParts): Promise<Pipelines> {
  const { kernel, code, identity, labels = [] } = given
  await kernel.database.migrate('pipelines', pipelinesMigrations)
  const executors = given.executors ?? 2 * availableParallelism()
  const own = [NODE_NAME, process.platform, process.arch, ...labels]
  const nodes = new Nodes(kernel.folder('workspaces'), executors, own)
  const credentials = createCredentialStore(kernel)
  const kept = { variables: createVariableStore(given), ssh: createSshStore(given) }
  const tables = () => kernel.database.tables<PipelinesTables>()
  const agents = await createAgents({
    kernel,
    identity,
    nodes,
    limitMs: kernel.config.agentLimitMinutes * 60_000,
    isActive: async (run) => ((await runById(tables(), run))?.state ?? 'finished') !== 'finished',
    gone: abortException,
  })
  const wake = () => runs.wake()
  const triggers = new Triggers(kernel, code, wake)
  const parts: EngineParts = {
    ...given,
    credentials,
    ...kept,
    nodes,
    agents,
    steps: new Map([...steps, ...nestedSteps]),
    filesAt: async (project, repo, sha) => listFiles(await code.repoPath(project, repo), sha),
    jobs: {
      changed: () => triggers.armLater(),
      meant: (from, job) => triggers.meantByRun(from, job),
      start: (wish) => triggers.startedByRun(wish),
      ended: (id, signal) => runs.ended(id, signal),
      run: (id) => runById(tables(), id),
      finishedBefore: (jobId, number) => finishedRuns(tables(), jobId, number),
      async find(from, name, fits) {
        const place = await findJob(kernel.database, from, name)
        const job = place && (await jobAt(tables(), place))
        return job && (await finishedRuns(tables(), job.id)).find(fits)
      },
      passMilestone: (run, ordinal) => runs.passMilestone(run, ordinal),
    },
    locks: new Locks(),
    commitsOf,
  }
  const runs: Runs = new Runs(parts)
  triggers.queueBranchGone = (place) => queueBranchGone(kernel, runs, place)
  const door = new PipelinesDoor({ kernel, identity, runs, triggers, credentials })
  listen(kernel, triggers)
  given.moves?.add((tx, move) => moveRuns({ ...given, ...kept }, tx, move))
  given.registry.imageUsers.add((image) => containersOfImage(kernel.database, image))
  kernel.http.add(pipelinesRoutes(door))
  kernel.http.edge(logEdge(kernel, door))
  const { remote, bitbucket } = given
  if (remote) await createRemoteApi({ ...given, ...remote, door, runs, triggers, nodes, agents })
  const schedules = createSchedules(kernel, triggers)
  kernel.http.add(scheduleRoutes({ schedules, code }))
  kernel.http.add(sshRoutes({ ...given, ssh: kept.ssh }))
  if (bitbucket) addBitbucketCalls({ kernel, code, bitbucket, door, schedules, ...kept })
  kernel.onStop(async () => {
    triggers.stop()
    await runs.stop()
  })
  return Object.assign(door, {
    async start() {
      await runs.start()
      await Promise.all([triggers.armCron(), schedules.start()])
      await warmLater(kernel)
    },
  })
}

/** Nothing is read for a server without a pipeline, and it is 10 MB smaller for it. */
async function warmLater({ database }: Kernel): Promise<void> {
  const tables = database.tables<PipelinesTables>()
  const job = await tables.selectFrom('pipelines_job').select('id').limit(1).execute()
  if (job.length > 0) setTimeout(warmReader, WARM_AFTER_MS).unref()
}

function listen(kernel: Kernel, triggers: Triggers): void {
  kernel.events.listen({
    name: 'pipelines.pushed',
    types: ['code.pushed'],
    handle: (event) => triggers.pushed(event as StoredEvent<Pushed>),
  })
  kernel.events.listen({
    name: 'pipelines.upstream',
    types: ['pipelines.runFinished'],
    handle: (event) => triggers.runFinished(event as StoredEvent<RunFinished>),
  })
  kernel.events.listen({
    name: 'pipelines.pullRequests',
    types: [
      'code.pullRequestOpened',
      'code.pullRequestUpdated',
      'code.pullRequestMerged',
      'code.pullRequestDeclined',
    ],
    handle: (event) => triggers.pullRequestChanged(event as StoredEvent<PullRequestChanged>),
  })
}
