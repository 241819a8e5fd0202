import { createHash } from 'node:crypto'
import { AwsError } from '../cloud/index.ts'
import { type Kernel, type StoredEvent, stringify } from '../kernel/index.ts'
import { environmentNamed } from './environment-names.ts'
import { deployed } from './events.ts'
import type { DeploymentRow } from './migrations.ts'
import { environmentOf, serviceOf, statusOf, versionOf } from './model.ts'
import type { CloudPort, IdentityPort, RunStarted, StackChanged } from './ports.ts'
import type { DeploymentDetails } from './present.ts'
import * as store from './store.ts'

interface Parts {
  kernel: Kernel
  cloud: CloudPort
  identity: IdentityPort
}

/** Keeps which commit each run is of: a deployment says later which run it came from. */
export async function recordRun({ kernel }: Parts, event: StoredEvent): Promise<void> {
  const { runId, repo, branch, number, commit } = event.data as RunStarted
  const { project, actor } = event
  if (project === undefined) return
  const row = { id: runId, project, repo, branch, number, commit_sha: commit, actor: actor ?? '' }
  await kernel.database.write((tx) => store.runSeen(tx, row))
}

/** A stack came to an end of an operation: that is a deployment, whoever did it and however. */
export async function recordDeployment(parts: Parts, event: StoredEvent): Promise<void> {
  const { kernel } = parts
  const changed = event.data as StackChanged
  const status = statusOf(changed.status)
  if (event.project === undefined || status === undefined || changed.parentId !== undefined) return
  if (await store.deploymentOfEvent(kernel.database, event.id)) return
  const text = status === 'removed' ? undefined : await templateText(parts, changed)
  const row = await rowOf(parts, event, status)
  await kernel.database.write(async (tx) => {
    if (text !== undefined) await store.templateKeep(tx, row.template_hash, text)
    await store.environmentSeen(tx, row.project, row.environment)
    await store.deploymentAdd(tx, row)
    await kernel.events.append(tx, deployed(row))
    tx.afterCommit(() =>
      kernel.live.publish(`project:${row.project}`, { type: 'releases.deployed', id: row.id }),
    )
  })
}

/** The template of this very operation; undefined when the stack has changed again meanwhile. */
async function templateText({ cloud }: Parts, changed: StackChanged): Promise<string | undefined> {
  const aws = cloud.looking(changed.region)
  try {
    const { TemplateBody } = await aws.cloudformation.getTemplate({ StackName: changed.stackId })
    const hash = createHash('sha256')
      .update(TemplateBody ?? '')
      .digest('hex')
    return hash === changed.templateHash ? TemplateBody : undefined
  } catch (error) {
    // Emptied meanwhile: the deployment stands, and says that it cannot be gone back to.
    if (error instanceof AwsError) return undefined
    throw error
  }
}

async function rowOf(
  parts: Parts,
  event: StoredEvent,
  status: DeploymentRow['status'],
): Promise<DeploymentRow> {
  const { kernel } = parts
  const changed = event.data as StackChanged
  const { parameters, capabilities, outputs, tags, resources, runId, token } = changed
  const details: DeploymentDetails = { parameters, capabilities, outputs, tags, resources }
  const run = runId && (await store.runsById(kernel.database, [runId])).get(runId)
  const rollback = token && (await store.rollbackById(kernel.database, token))
  const of = rollback
    ? await store.deploymentById(kernel.database, event.project!, rollback.deployment_id)
    : undefined
  const actor = changed.actor ?? (runId ? `run:${runId}` : changed.actorArn)
  const called = await environmentNamed(kernel.database, event.project!, environmentOf(changed))
  // A rollback brings back the earlier one's version and commit.
  const commit = of?.commit_sha ?? (run ? run.commit_sha : undefined)
  return {
    id: kernel.ids.next('dep'),
    event_id: event.id,
    project: event.project!,
    environment: called?.name ?? environmentOf(changed),
    service: serviceOf(changed),
    stack_id: changed.stackId,
    stack_name: changed.stackName,
    region: changed.region,
    version: of?.version ?? versionOf(changed, commit ?? undefined),
    status,
    stack_status: changed.status,
    reason: changed.statusReason ?? null,
    run_id: runId ?? null,
    repo: of?.repo ?? (run ? run.repo : null),
    commit_sha: commit ?? null,
    actor,
    actor_name: run ? `${run.repo}/${run.branch} #${run.number}` : await nameOf(parts, actor),
    at: event.atMs,
    template_hash: changed.templateHash,
    details: stringify(details),
    rollback_of: of?.id ?? null,
    is_current: status === 'succeeded' ? 1 : 0,
  }
}

async function nameOf({ identity }: Parts, actor: string): Promise<string> {
  if (!actor.startsWith('person:')) return actor.split('/').at(-1) ?? actor
  const person = await identity.personGet(actor.slice('person:'.length))
  return person?.name ?? actor
}
