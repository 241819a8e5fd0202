import { type Aws, AwsError } from '../../gateway/index.ts'
import type { BusEvent } from './bus-event.ts'
import { bucketArn } from './model.ts'
import type { Notice } from './notification-record.ts'
import type { S3Parts } from './parts.ts'

type Doors = Pick<S3Parts, 'deps' | 'bus'>

/** S3 itself, as the policies of queues, topics and functions know it. */
function callerFor({ deps }: Pick<S3Parts, 'deps'>, notice: Omit<Notice, 'body'>): Aws {
  const [, , , region = notice.region, account = notice.account] = notice.target.split(':')
  const service = deps.sessions.serviceOf('s3.amazonaws.com', account)
  const context = {
    ...service.context,
    'aws:SourceArn': bucketArn(notice.bucket),
    'aws:SourceAccount': notice.account,
  }
  return deps.as({ principal: { ...service, context }, region, account })
}

function queueUrl({ deps }: Pick<S3Parts, 'deps'>, arn: string): string {
  const [, , , , account, name] = arn.split(':')
  return `${deps.settings.originUrl()}/${account}/${name}`
}

/** Hands a message over; done when the destination has it durably. Throws its AwsError. */
export async function deliver(parts: Doors, notice: Notice): Promise<void> {
  const { kind, target, body, trace } = notice
  const aws = callerFor(parts, notice)
  if (kind === 'sqs') {
    await aws.sqs.sendMessage({
      QueueUrl: queueUrl(parts, target),
      MessageBody: body,
      ...(trace !== undefined && {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
      }),
    })
  } else if (kind === 'sns') {
    const Subject = 'Amazon S3 Notification'
    await aws.sns.publish({ TopicArn: target, Message: body, Subject })
  } else if (kind === 'lambda') {
    await aws.lambda.invoke({
      FunctionName: target,
      InvocationType: 'Event',
      Payload: Buffer.from(body),
    })
  } else if (parts.bus.put) await parts.bus.put(JSON.parse(body) as BusEvent)
  else throw new AwsError('NotImplemented', 'EventBridge is not built.', { status: 501 })
}

/** Whether the destination would take a message; a queue and a topic get the test event. */
export async function tryOut(parts: Doors, notice: Notice): Promise<void> {
  const { kind, target } = notice
  const { lambda } = callerFor(parts, notice)
  const owner = ownerFor(parts, notice)
  if (kind === 'lambda') {
    await lambda.invoke({ FunctionName: target, InvocationType: 'DryRun' })
    if (!(await hasPolicy(() => owner.lambda.getPolicy({ FunctionName: target })))) throw closed()
    return
  }
  if (kind === 'sqs') {
    const asked = { QueueUrl: queueUrl(parts, target), AttributeNames: ['Policy' as const] }
    const { Attributes } = await owner.sqs.getQueueAttributes(asked)
    if (!Attributes?.['Policy']) throw closed()
  }
  if (kind === 'sns') {
    const { Attributes } = await owner.sns.getTopicAttributes({ TopicArn: target })
    if (isOwnersOnly(Attributes?.['Policy'])) throw closed()
  }
  await deliver(parts, notice)
}

/** The destination's owner, to look at its policy. */
function ownerFor({ deps }: Pick<S3Parts, 'deps'>, { target, ...notice }: Notice): Aws {
  const [, , , region = notice.region, account = notice.account] = target.split(':')
  const arn = `arn:aws:iam::${account}:root`
  return deps.as({ principal: { kind: 'root', account, arn, userId: account }, region, account })
}

/** The policy a topic begins with is for its owner's principals ("Granting permissions to publish"). */
function isOwnersOnly(policy = '{}'): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: { Sid?: string }[] }
  return [Statement].flat().every(({ Sid }) => Sid === '__default_statement_ID')
}

/** A service of this cloud is let in where nothing is said; S3 wants to be let in by name. */
const closed = () => new AwsError('AccessDenied', 'No policy lets S3 in.', { status: 403 })

async function hasPolicy(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return false
    throw error
  }
}
