import {
  type Credential,
  type CredentialInput,
  type Job,
  type JenkinsfileFinding,
  type ParameterDefinition,
  pipelinesErrors,
  type Run,
  type RunDetail,
  type RunReports,
  type TestResult,
} from '@madang/api'
import {
  type Actor,
  type Kernel,
  parseColumn,
  refusals,
  type Transaction,
} from '../kernel/index.ts'
import { parseJenkinsfile } from './declarative/index.ts'
import { logSize, readLog, readLogBytes } from './log/index.ts'
import type { JobPlace } from './model.ts'
import { parameterValues } from './parameters.ts'
import type { IdentityPort } from './ports.ts'
import type { Runs } from './runs.ts'
import type { CredentialStore } from './store-credentials.ts'
import { answerInput, maySubmit, waitingInputs } from './store-inputs.ts'
import { listJobs, presentJob } from './store-jobs.ts'
import * as store from './store-runs.ts'
import { reportsOf } from './store-reports.ts'
import { listTests } from './store-tests.ts'
import type { PipelinesTables, RunRow } from './tables.ts'
import type { Triggers } from './triggers.ts'

const refuse = refusals(pipelinesErrors)

interface DoorParts {
  kernel: Kernel
  identity: Pick<IdentityPort, 'audit'>
  runs: Runs
  triggers: Triggers
  credentials: CredentialStore
}

interface Page<T> {
  items: T[]
  nextCursor?: string
}

type Values = Record<string, string | boolean>

/** What pages, the CLI and capabilities to the right ask of pipelines. */
export class PipelinesDoor {
  readonly #parts: DoorParts
  readonly credentials: CredentialStore

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.credentials = parts.credentials
  }

  get #db() {
    return this.#parts.kernel.database.tables<PipelinesTables>()
  }

  #present(row: RunRow): Run {
    return store.presentRun(this.#parts.kernel.secrets, row)
  }

  async jobList(
    project: string,
    ask: { repo?: string | undefined; limit: number; cursor?: string | undefined },
  ): Promise<Page<Job>> {
    const rows = await listJobs(this.#db, project, { ...ask, limit: ask.limit + 1 })
    const items: Job[] = []
    for (const row of rows.slice(0, ask.limit)) {
      const last = await store.lastRunOf(this.#db, row.id)
      items.push({ ...presentJob(row), ...(last && { lastRun: this.#present(last) }) })
    }
    return rows.length > ask.limit ? { items, nextCursor: items.at(-1)!.id } : { items }
  }

  async runList(project: string, ask: store.RunFilter): Promise<Page<Run>> {
    const rows = await store.listRuns(this.#db, project, { ...ask, limit: ask.limit + 1 })
    const items = rows.slice(0, ask.limit).map((row) => this.#present(row))
    return rows.length > ask.limit ? { items, nextCursor: items.at(-1)!.id } : { items }
  }

  async runGet(project: string, id: string): Promise<RunDetail> {
    const row = await this.#run(project, id)
    const [stages, inputs] = await Promise.all([
      store.stagesOf(this.#db, id),
      waitingInputs(this.#parts.kernel.database, id),
    ])
    return { ...this.#present(row), stages, inputs }
  }

  /** What the branch holds now, or an earlier commit of it. */
  async runStart(
    actor: Actor,
    ask: JobPlace & { parameters: Values; commit?: string },
  ): Promise<Run> {
    const { parameters, commit, ...place } = ask
    const wish = commit === undefined ? {} : { commit }
    return this.#present(await this.#parts.triggers.startedBy(actor, place, parameters, wish))
  }

  async runAgain(actor: Actor, project: string, id: string): Promise<Run> {
    const row = await this.#run(project, id)
    const { values } = store.openParameters(this.#parts.kernel.secrets, row)
    return this.#present(await this.#parts.triggers.again(actor, row, values))
  }

  /** The Jenkinsfile of a run, and the stages it can be restarted from. */
  async runJenkinsfile(project: string, id: string) {
    const { jenkinsfile, state } = await this.#run(project, id)
    return { jenkinsfile, stages: state === 'finished' ? topStages(jenkinsfile) : [] }
  }

  async runReplay(actor: Actor, project: string, id: string, jenkinsfile: string): Promise<Run> {
    const row = await this.#run(project, id)
    const { values } = store.openParameters(this.#parts.kernel.secrets, row)
    return this.#present(await this.#parts.triggers.again(actor, row, values, { jenkinsfile }))
  }

  async runRestart(actor: Actor, project: string, id: string, stage: string): Promise<Run> {
    const row = await this.#run(project, id)
    if (row.state !== 'finished' || !topStages(row.jenkinsfile).includes(stage)) {
      throw refuse('stageNotRestartable', { stage })
    }
    const { values } = store.openParameters(this.#parts.kernel.secrets, row)
    return this.#present(await this.#parts.triggers.again(actor, row, values, { stage }))
  }

  async runAbort(actor: Actor, project: string, id: string): Promise<Run> {
    const row = await this.#run(project, id)
    if (row.state === 'finished') throw refuse('runFinished', { run: id })
    await this.#parts.runs.abort(row, actor)
    return this.#present(await this.#run(project, id))
  }

  async runLog(
    project: string,
    id: string,
    ask: { offset: number; limitBytes: number; stage?: string | undefined; marks?: boolean },
  ) {
    const row = await this.#run(project, id)
    const { stage } = ask
    const { offset, limitBytes, marks = false } = ask
    const about = { offset, limitBytes, marks, ...(stage ? { stage } : {}) }
    const part = await readLog(this.#parts.runs.folderOf(id), about)
    const isAll = part.nextOffset - ask.offset < ask.limitBytes - 3
    return { ...part, isWhole: row.state === 'finished' && isAll }
  }

  /** Bytes of its log, or of a stage's. */
  async runLogSize(project: string, id: string, stage?: string): Promise<number> {
    const row = await this.#run(project, id)
    return logSize(this.#parts.runs.folderOf(row.id), stage)
  }

  async runLogBytes(
    project: string,
    id: string,
    { stage, ...range }: { offset: number; limitBytes: number; stage?: string | undefined },
  ): Promise<Buffer> {
    const row = await this.#run(project, id)
    const folder = this.#parts.runs.folderOf(row.id)
    return readLogBytes(folder, { ...range, ...(stage === undefined ? {} : { stage }) })
  }

  async runTests(
    project: string,
    id: string,
    ask: {
      status?: TestResult['status'] | undefined
      limit: number
      cursor?: string | undefined
    },
  ): Promise<Page<TestResult>> {
    await this.#run(project, id)
    const offset = Number(ask.cursor ?? 0) || 0
    const { database } = this.#parts.kernel
    const about = { status: ask.status, limit: ask.limit + 1, offset }
    const items = await listTests(database, id, about)
    const page = items.slice(0, ask.limit)
    const nextCursor = String(offset + ask.limit)
    return items.length > ask.limit ? { items: page, nextCursor } : { items: page }
  }

  async runReports(project: string, id: string): Promise<RunReports> {
    return reportsOf(this.#db, await this.#run(project, id))
  }

  async inputSubmit(
    actor: Actor,
    ask: { project: string; run: string; input: string; proceed: boolean; parameters: Values },
  ): Promise<Run> {
    await this.#run(ask.project, ask.run)
    const { kernel } = this.#parts
    const inputs = await waitingInputs(kernel.database, ask.run)
    const found = inputs.find((entry) => entry.id === ask.input)
    if (!found) throw refuse('inputNotFound', { input: ask.input })
    // Whoever may end the run may refuse, too: only who lets it go on is asked for.
    if (ask.proceed && !maySubmit(found.submitter, actor)) {
      throw refuse('inputForbidden', { submitter: found.submitter! })
    }
    const values = ask.proceed ? parameterValues(found.parameters, ask.parameters) : {}
    const answer = { proceed: ask.proceed, byName: actor.name, byId: actor.id, values }
    const isTaken = await answerInput(kernel, { runId: ask.run, id: ask.input }, answer)
    if (!isTaken) throw refuse('inputNotFound', { input: ask.input })
    return this.#present(await this.#run(ask.project, ask.run))
  }

  credentialPut(actor: Actor, project: string, input: CredentialInput): Promise<Credential> {
    return this.#parts.kernel.database.write(async (tx) => {
      const credential = await this.credentials.put(tx, project, input)
      await this.#note(tx, actor, { project, id: credential.id, what: 'Put' })
      return credential
    })
  }

  credentialDelete(actor: Actor, project: string, id: string): Promise<void> {
    return this.#parts.kernel.database.write(async (tx) => {
      const wasThere = await this.credentials.remove(tx, project, id)
      if (!wasThere) throw refuse('credentialNotFound', { credential: id })
      await this.#note(tx, actor, { project, id, what: 'Deleted' })
    })
  }

  /** The fact, and the line of the audit log, in the transaction of the change. */
  async #note(
    tx: Transaction,
    actor: Actor,
    { project, id, what }: { project: string; id: string; what: 'Put' | 'Deleted' },
  ): Promise<void> {
    const { kernel, identity } = this.#parts
    const subject = `credential:${project}/${id}`
    const type = `pipelines.credential${what}`
    await kernel.events.append(tx, { type, subject, project, actor: actor.id, data: { id } })
    await identity.audit(tx, {
      actor,
      action: `credential.${what.toLowerCase()}`,
      subject,
      project,
    })
  }

  validate(jenkinsfile: string): { isValid: boolean; findings: JenkinsfileFinding[] } {
    const { findings } = parseJenkinsfile(jenkinsfile)
    return { isValid: findings.length === 0, findings }
  }

  /** What a manual start may set, as the job's last run had it. */
  parametersOf(row: { parameters: string }): ParameterDefinition[] {
    return parseColumn<ParameterDefinition[]>(row.parameters)
  }

  async #run(project: string, id: string): Promise<RunRow> {
    const row = await store.runById(this.#db, id)
    if (row?.project === project) return row
    throw refuse('runNotFound', { run: id })
  }
}

/** Top-level stages of a Declarative file; none where it forbids restarting. */
function topStages(jenkinsfile: string): string[] {
  const file = parseJenkinsfile(jenkinsfile)
  if (file.kind !== 'declarative' || file.findings.length > 0) return []
  const { options, stages } = file.pipeline
  const isForbidden = options?.items.some(({ name }) => name === 'disableRestartFromStage')
  return isForbidden ? [] : stages.map(({ name }) => name)
}
