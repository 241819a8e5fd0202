import { releasesErrors } from '@madang/api'
import { type Aws, AwsError } from '../cloud/index.ts'
import { type Actor, type Kernel, refusals } from '../kernel/index.ts'
import type { DeploymentRow } from './migrations.ts'
import type { CloudPort } from './ports.ts'
import { detailsOf } from './present.ts'
import * as store from './store.ts'

const refuse = refusals(releasesErrors)

interface Parts {
  kernel: Kernel
  cloud: CloudPort
}

/**
 * Brings an earlier deployment's template and parameters back, as the person who asks. Recorded
 * before the cloud is asked; its id is the operation's token, by which the new deployment knows it.
 */
export async function rollBack(
  parts: Parts,
  actor: Actor,
  project: string,
  id: string,
): Promise<{ rollbackId: string; stackId: string }> {
  const { kernel } = parts
  const row = await store.deploymentById(kernel.database, project, id)
  if (!row) throw refuse('deploymentNotFound', { id, project })
  if (row.is_current === 1) throw refuse('deploymentIsCurrent', { id })
  const template = await store.templateOf(kernel.database, row.template_hash)
  if (template === undefined || row.status !== 'succeeded') {
    throw refuse('deploymentNotKept', { id })
  }
  const rollbackId = kernel.ids.next('rollback').replace('_', '-')
  const record = { id: rollbackId, project, deployment_id: id, stack_id: row.stack_id }
  await kernel.database.write((tx) =>
    store.rollbackAdd(tx, { ...record, actor: actor.id, at: kernel.clock.now() }),
  )
  const personId = actor.id.replace(/^person:/, '')
  const holder = { kind: 'person' as const, id: personId, project, name: actor.name }
  const credentials = await parts.cloud.credentialsFor(holder)
  const aws = await parts.cloud.awsWith({ ...credentials, region: row.region })
  await checkCode(aws, row)
  const stackId = await apply(aws, row, template, rollbackId)
  return { rollbackId, stackId }
}

async function apply(
  aws: Aws,
  row: DeploymentRow,
  template: string,
  token: string,
): Promise<string> {
  const { parameters, capabilities, tags } = detailsOf(row)
  const input = {
    TemplateBody: template,
    Capabilities: capabilities as 'CAPABILITY_IAM'[],
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ClientRequestToken: token,
    // What may not be shown was not kept: the stack's own value stays.
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) =>
      ParameterValue === '****'
        ? { ParameterKey, UsePreviousValue: true }
        : { ParameterKey, ParameterValue },
    ),
  }
  try {
    const made = await aws.cloudformation.updateStack({ ...input, StackName: row.stack_name })
    return made.StackId ?? row.stack_id
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw refuse('rollbackRefused', { reason: error.message })
  }
}

/** A function's code given by parameters has to be in S3 still, else the stack would fail half-way. */
async function checkCode(aws: Aws, row: DeploymentRow): Promise<void> {
  const { parameters } = detailsOf(row)
  const named = (pattern: RegExp) => Object.keys(parameters).find((name) => pattern.test(name))
  const bucket = named(/bucket$/i)
  const key = named(/(^|code|object|artifact|s3)key$/i)
  if (bucket === undefined || key === undefined) return
  const place = { Bucket: parameters[bucket]!, Key: parameters[key]! }
  try {
    await aws.s3.headObject(place)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw refuse('rollbackCodeGone', { id: row.id, place: `s3://${place.Bucket}/${place.Key}` })
  }
}
