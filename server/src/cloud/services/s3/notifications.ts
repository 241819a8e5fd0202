import { AwsError, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import type { Bucket } from './model.ts'
import { deliver, tryOut } from './notification-delivery.ts'
import { destinationsOf, type Notice, NOTIFY } from './notification-record.ts'
import { checkNotification } from './notification-rules.ts'
import type { S3Parts } from './parts.ts'
import { hostIdOf } from './raw-answers.ts'
import { refusal } from './refusals.ts'
import type { NotificationConfiguration } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

export function notificationOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  parts.kernel.jobs.handle(NOTIFY, {
    concurrency: 8,
    run: (job) => bring(parts, job.payload as Notice),
  })
  return {
    GetBucketNotificationConfiguration: (input) => ({
      ...settings.bucket(input).settings.notification,
    }),
    async PutBucketNotificationConfiguration(input, ctx) {
      const bucket = settings.bucket(input)
      const notification = checkNotification(input.NotificationConfiguration ?? {}, bucket.region)
      if (!input.SkipDestinationValidation) {
        await checkDestinations(parts, bucket, notification, ctx)
      }
      const isEmpty = Object.keys(notification).length === 0
      return settings.put(input, { notification: isEmpty ? undefined : notification })
    },
  } satisfies Operations<S3>
}

// Answers that no further try will change: the destination is gone or doesn't let S3 in.
const isFinal = ({ status = 400 }: AwsError) => status !== 429 && (status < 500 || status === 501)

async function bring(parts: S3Parts, notice: Notice): Promise<void> {
  try {
    await deliver(parts, notice)
  } catch (error) {
    if (!(error instanceof AwsError) || !isFinal(error)) throw error
    const { bucket, kind, target } = notice
    const { code, message: text } = error
    parts.kernel.log.warn('cloud.s3.unnotified', { bucket, kind, target, code, text })
  }
}

const places = { sqs: 'queue', sns: 'topic', events: '' }

/** Every destination takes a test event, or the configuration is refused with what each one said. */
async function checkDestinations(
  parts: S3Parts,
  bucket: Bucket,
  notification: NotificationConfiguration,
  ctx: RequestContext,
): Promise<void> {
  const { account, region } = bucket
  const body = JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(ctx.now).toISOString(),
    Bucket: bucket.name,
    RequestId: ctx.requestId,
    HostId: hostIdOf(ctx.requestId),
  })
  const faults: [string, string][] = []
  for (const { kind, target } of destinationsOf(notification)) {
    try {
      await tryOut(parts, { bucket: bucket.name, kind, target, account, region, body })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      // The second half is S3's own.
      const name = kind === 'lambda' ? `${target}, null` : target
      faults.push([name, faultOf(kind, target, error)])
    }
  }
  if (faults.length === 0) return
  const members = faults.flatMap(([name, text], index) => [
    [`ArgumentName${index + 1}`, name],
    [`ArgumentValue${index + 1}`, text],
  ])
  throw refusal(
    'InvalidArgument',
    400,
    'Unable to validate the following destination configurations',
    Object.fromEntries(members) as Record<string, string>,
  )
}

function faultOf(kind: Notice['kind'], target: string, { code }: AwsError): string {
  // Nobody is told which functions there are.
  if (kind === 'lambda') return `Not authorized to invoke function [${target}]`
  const isMissing = /NonExistent|DoesNotExist|NotFound/.test(code)
  if (isMissing) return `The destination ${places[kind]} does not exist`
  return `Permissions on the destination ${places[kind]} do not allow S3 to publish notifications from this bucket`
}
