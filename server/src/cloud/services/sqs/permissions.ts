import { parseColumn } from '../../../kernel/index.ts'
import { AwsError, type Input, type Operations, type Sqs } from '../../gateway/index.ts'
import { MOST_STATEMENTS } from './attributes.ts'
import { queueAt, type SqsParts } from './parts.ts'
import { setAttributes } from './queues.ts'
import type { Queue } from './queue.ts'
import { invalidValue, missing } from './refusals.ts'

interface Policy {
  Version: string
  Id: string
  Statement: Statement[]
}

interface Statement {
  Sid?: string
  Effect: string
  Principal: unknown
  Action: string | string[]
  Resource: string
}

/** What AddPermission may give away (API reference of AddPermission). */
const actions = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]

/** What nobody can give away. */
const ownerActions = [
  'AddPermission',
  'CreateQueue',
  'DeleteQueue',
  'ListQueues',
  'RemovePermission',
  'SetQueueAttributes',
]

const MOST_ACTIONS = 7

const overLimit = (what: string, count: number, most: number) =>
  new AwsError('OverLimit', `${count} ${what} were found, maximum allowed is ${most}.`)

export const permissionOperations = (parts: SqsParts) =>
  ({
    async AddPermission(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const label = input.Label ?? ''
      const statement = statementOf(queue, input)
      const policy = policyOf(queue)
      if (policy.Statement.some(({ Sid }) => Sid === label)) {
        throw invalidValue('Label', label, 'Already exists.')
      }
      policy.Statement.push(statement)
      if (policy.Statement.length > MOST_STATEMENTS) {
        throw overLimit('Statements', policy.Statement.length, MOST_STATEMENTS)
      }
      await setAttributes(parts, queue, { Policy: JSON.stringify(policy) }, ctx.now)
      return {}
    },

    async RemovePermission(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      if (!input.Label) throw missing('Label')
      const policy = policyOf(queue)
      const kept = policy.Statement.filter(({ Sid }) => Sid !== input.Label)
      if (kept.length === policy.Statement.length) {
        const where = policy.Statement.length > 0 ? ' on existing policy' : ''
        throw invalidValue('Label', input.Label, `can't find label${where}.`)
      }
      const text = kept.length > 0 ? JSON.stringify({ ...policy, Statement: kept }) : ''
      await setAttributes(parts, queue, { Policy: text }, ctx.now)
      return {}
    },
  }) satisfies Operations<Sqs>

function policyOf({ arn, rules }: Queue): Policy {
  if (rules.policy === undefined) {
    return { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] }
  }
  const policy = parseColumn<Omit<Policy, 'Statement'> & { Statement: Statement | Statement[] }>(
    rules.policy,
  )
  return { ...policy, Statement: [policy.Statement].flat() }
}

function statementOf(queue: Queue, input: Input<Sqs, 'AddPermission'>): Statement {
  const { Label: label = '', AWSAccountIds: accounts = [], Actions: given = [] } = input
  if (!label) throw missing('Label')
  if (!/^[\w-]{1,80}$/.test(label)) {
    throw invalidValue(
      'Label',
      label,
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    )
  }
  if (given.length === 0) throw missing('Actions')
  if (accounts.length === 0 || !accounts.every((account) => /^\d{12}$/.test(account))) {
    throw invalidValue('PrincipalId', `[${accounts.join(', ')}]`, 'Unable to verify.')
  }
  for (const action of given) {
    if (actions.includes(action)) continue
    const reason = ownerActions.includes(action)
      ? 'Only the queue owner is allowed to invoke this action.'
      : 'Please refer to the appropriate WSDL for a list of valid actions.'
    throw invalidValue('ActionName', `SQS:${action}`, reason)
  }
  if (given.length > MOST_ACTIONS) throw overLimit('Actions', given.length, MOST_ACTIONS)
  const roots = accounts.map((account) => `arn:aws:iam::${account}:root`)
  const named = given.map((action) => `SQS:${action}`)
  return {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: roots.length === 1 ? roots[0] : roots },
    Action: named.length === 1 ? named[0]! : named,
    Resource: queue.arn,
  }
}
