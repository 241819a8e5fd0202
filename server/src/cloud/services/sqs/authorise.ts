import { accessTable, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import { sourceOfHandle } from './move-tasks.ts'
import { addressOf, type SqsParts } from './parts.ts'

/** A batch asks for the single operation's permission (service authorization reference). */
export const sqsAccess = accessTable({
  prefix: 'sqs',
  actions: {
    ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
    DeleteMessageBatch: 'DeleteMessage',
    SendMessageBatch: 'SendMessage',
  },
})

export const authoriser =
  (parts: SqsParts) =>
  (operation: string, input: Record<string, unknown>, ctx: RequestContext): IamRequest[] => {
    const action = sqsAccess.actionOf(operation)
    const arn = arnOf(input, ctx)
    if (arn === undefined) return [{ action, resource: '*' }]
    const queue = parts.queues.byArn(arn)
    const resourceAccount = arn.split(':')[4]!
    const resourcePolicy = queue?.rules.policy
    return [
      {
        action,
        resource: arn,
        resourceAccount,
        ...(resourcePolicy !== undefined && { resourcePolicy }),
      },
    ]
  }

function arnOf(input: Record<string, unknown>, ctx: RequestContext): string | undefined {
  const { QueueUrl: url, QueueName: name, SourceArn: source, TaskHandle: handle } = input
  if (typeof source === 'string') return source
  if (typeof handle === 'string') return sourceOfHandle(handle)
  if (typeof name === 'string') {
    const owner = input['QueueOwnerAWSAccountId']
    const account = typeof owner === 'string' ? owner : ctx.account
    return `arn:aws:sqs:${ctx.region}:${account}:${name}`
  }
  if (typeof url !== 'string') return undefined
  const at = addressOf(url, ctx)
  return `arn:aws:sqs:${at.region}:${at.account}:${at.name}`
}
