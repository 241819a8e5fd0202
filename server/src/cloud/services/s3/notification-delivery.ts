import { type Aws, AwsError } from '../../gateway/index.ts'
import { bucketArn } from './model.ts'
import type { Notice } from './notification-record.ts'
import type { S3Parts } from './parts.ts'

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

/** Hands a message over; done when the destination has it durably. Throws its AwsError. */
export async function deliver(parts: Pick<S3Parts, 'deps'>, notice: Notice): Promise<void> {
  const { kind, target, body } = notice
  const aws = callerFor(parts, notice)
  if (kind === 'sqs') {
    const [, , , , account, name] = target.split(':')
    const QueueUrl = `${parts.deps.settings.originUrl()}/${account}/${name}`
    await aws.sqs.sendMessage({ QueueUrl, MessageBody: body })
  } else if (kind === 'sns') {
    const Subject = 'Amazon S3 Notification'
    await aws.sns.publish({ TopicArn: target, Message: body, Subject })
  } else if (kind === 'lambda') {
    await aws.lambda.invoke({
      FunctionName: target,
      InvocationType: 'Event',
      Payload: Buffer.from(body),
    })
  } else throw new AwsError('NotImplemented', 'EventBridge is not built.', { status: 501 })
}

/** Whether the destination would take a message; a queue and a topic get the test event. */
export async function tryOut(parts: Pick<S3Parts, 'deps'>, notice: Notice): Promise<void> {
  if (notice.kind !== 'lambda') return deliver(parts, notice)
  const { lambda } = callerFor(parts, notice)
  await lambda.invoke({ FunctionName: notice.target, InvocationType: 'DryRun' })
}
