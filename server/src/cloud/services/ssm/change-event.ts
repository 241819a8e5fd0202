import { randomUUID } from 'node:crypto'
import { wholeSecond } from '../../whole-second.ts'
import { latest, type Parameter, parameterArn } from './model.ts'

/** An event as EventBridge carries it. */
export interface BusEvent {
  version: '0'
  id: string
  'detail-type': string
  source: 'aws.ssm'
  account: string
  /** ISO 8601, whole seconds. */
  time: string
  region: string
  resources: string[]
  detail: Record<string, unknown>
}

export type PutBusEvent = (event: BusEvent) => Promise<void>

export type Change = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion'

/** "Parameter Store Change" of the user guide's examples of events. */
export function changeEvent(parameter: Parameter, operation: Change, now: number): BusEvent {
  const { type, description } = latest(parameter)
  const detail = {
    operation,
    name: parameter.name,
    type,
    ...(description !== undefined && { description }),
  }
  return eventOf(parameter, 'Parameter Store Change', detail, now)
}

/** A policy has acted, or tells that it will. */
export function policyEvent(parameter: Parameter, policyType: string, now: number): BusEvent {
  const policyContent = latest(parameter).policies.find((text) => text.includes(`"${policyType}"`))
  const { name } = parameter
  const detail = {
    'parameter-name': name,
    'policy-type': policyType,
    'policy-content': policyContent,
  }
  return eventOf(parameter, 'Parameter Store Policy Action', detail, now)
}

function eventOf(
  { account, region, name }: Parameter,
  kind: string,
  detail: Record<string, unknown>,
  now: number,
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': kind,
    source: 'aws.ssm',
    account,
    time: wholeSecond(now).toISOString().replace('.000Z', 'Z'),
    region,
    resources: [parameterArn({ account, region }, name)],
    detail,
  }
}
