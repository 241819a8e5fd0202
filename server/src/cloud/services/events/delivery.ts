import type { Target } from '@aws-sdk/client-eventbridge'
import type { Job } from '../../../kernel/index.ts'
import { type Aws, AwsError, type Principal } from '../../gateway/index.ts'
import { type DeliveryJob, DELIVER } from './delivery-job.ts'
import { inputFor } from './input.ts'
import { parsePath, valueAt } from './json-path.ts'
import { callDestination } from './http-call.ts'
import { type Bus, busNameOf, type Destination } from './model.ts'
import type { EventsParts } from './parts.ts'
import type { Router } from './routing.ts'

/** EventBridge's own: 185 retries within 24 hours, further and further apart. */
const MOST_RETRIES = 185
const LONGEST_S = 86_400
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15 * 60_000

// No further try changes these: the target is gone or doesn't let EventBridge in.
const isFinal = ({ status = 400, code }: AwsError) =>
  status < 500 && status !== 429 && !/Throttl|TooManyRequests|Exceeded/.test(code)

/** Brings events to targets; what can't be brought goes to the dead-letter queue, where there is one. */
class Delivery {
  readonly #parts: EventsParts
  readonly #router: Router

  constructor(parts: EventsParts, router: Router) {
    this.#parts = parts
    this.#router = router
  }

  async run(job: Job): Promise<void> {
    const delivery = job.payload as DeliveryJob
    try {
      await this.#bring(delivery)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      await this.#failed(delivery, error)
    }
  }

  async #failed(delivery: DeliveryJob, error: AwsError): Promise<void> {
    const { kernel } = this.#parts.deps
    const { target, ruleArn, ingestedAtMs } = delivery
    const tries = delivery.tries + 1
    const {
      MaximumRetryAttempts: most = MOST_RETRIES,
      MaximumEventAgeInSeconds: ageS = LONGEST_S,
    } = target.RetryPolicy ?? {}
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 20), LONGEST_WAIT_MS)
    const runAtMs = kernel.clock.now() + waitMs
    const isTooOld = runAtMs > ingestedAtMs + ageS * 1000
    if (!isFinal(error) && tries <= most && !isTooOld) {
      const payload = { ...delivery, tries }
      await kernel.database.write((tx) =>
        kernel.jobs.enqueue(tx, { kind: DELIVER, payload, runAtMs }),
      )
      return
    }
    const { code, message: text } = error
    kernel.log.warn('cloud.events.undelivered', { rule: ruleArn, target: target.Arn, code, text })
    const condition = isTooOld ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts'
    await this.#bury(delivery, error, isFinal(error) ? undefined : condition)
  }

  async #bury(
    { target, event, ruleArn, tries }: DeliveryJob,
    { code, message }: AwsError,
    exhausted: string | undefined,
  ): Promise<void> {
    const arn = target.DeadLetterConfig?.Arn
    if (arn === undefined) return
    const facts = {
      RULE_ARN: ruleArn,
      TARGET_ARN: target.Arn!,
      ERROR_CODE: code,
      ERROR_MESSAGE: message || code,
      ...(exhausted !== undefined && {
        EXHAUSTED_RETRY_CONDITION: exhausted,
        RETRY_ATTEMPTS: String(tries),
      }),
    }
    const MessageAttributes = Object.fromEntries(
      Object.entries(facts).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    )
    const aws = this.#as(this.#service(ruleArn, arn), arn)
    try {
      const QueueUrl = this.#queueUrl(arn)
      await aws.sqs.sendMessage({ QueueUrl, MessageBody: JSON.stringify(event), MessageAttributes })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { code: why, message: text } = error
      this.#parts.deps.kernel.log.warn('cloud.events.unburied', { queue: arn, code: why, text })
    }
  }

  async #bring(delivery: DeliveryJob): Promise<void> {
    const { target, event, ruleArn, ingestedAtMs } = delivery
    const ingestedAt = new Date(ingestedAtMs).toISOString()
    const text = inputFor(target, event, { ruleArn, ingestedAt })
    const arn = target.Arn!
    const service = arn.split(':')[2]!
    if (arn.includes(':api-destination/')) return this.#toEndpoint(target, text)
    if (service === 'events') return this.#toBus(delivery)
    const principal = await this.#principal(delivery, arn)
    await this.#send(this.#as(principal, arn), service, delivery, text)
  }

  async #send(aws: Aws, service: string, { target, event }: DeliveryJob, text: string) {
    const arn = target.Arn!
    if (service === 'sqs') {
      await aws.sqs.sendMessage({
        QueueUrl: this.#queueUrl(arn),
        MessageBody: text,
        MessageGroupId: target.SqsParameters?.MessageGroupId,
        ...(arn.endsWith('.fifo') && { MessageDeduplicationId: event.id }),
      })
    } else if (service === 'sns') await aws.sns.publish({ TopicArn: arn, Message: text })
    else if (service === 'lambda') {
      const Payload = Buffer.from(text)
      await aws.lambda.invoke({ FunctionName: arn, InvocationType: 'Event', Payload })
    } else if (service === 'kinesis') {
      const path = parsePath(target.KinesisParameters?.PartitionKeyPath ?? '$.id')
      const key = path && valueAt(event, path)
      await aws.kinesis.putRecord({
        StreamARN: arn,
        PartitionKey: typeof key === 'string' ? key : JSON.stringify(key ?? event.id),
        Data: Buffer.from(text),
      })
    } else await this.#toLogs(aws, arn, event.id, text)
  }

  /** Every event gets a stream of its own, as with AWS. */
  async #toLogs(aws: Aws, arn: string, id: string, text: string): Promise<void> {
    const logGroupName = arn.split(':')[6]!
    const logStreamName = id
    try {
      await aws.logs.createLogStream({ logGroupName, logStreamName })
    } catch (error) {
      const isThere = error instanceof AwsError && error.code === 'ResourceAlreadyExistsException'
      if (!isThere) throw error
    }
    const timestamp = this.#parts.deps.kernel.clock.now()
    const logEvents = [{ timestamp, message: text }]
    await aws.logs.putLogEvents({ logGroupName, logStreamName, logEvents })
  }

  async #toEndpoint(target: Target, text: string): Promise<void> {
    const destination = this.#parts.store.find<Destination>(target.Arn!)
    if (!destination) {
      throw new AwsError('ResourceNotFoundException', 'The API destination does not exist.')
    }
    await callDestination(this.#parts, destination, target, text)
  }

  async #toBus({ target, event, hops, account }: DeliveryJob): Promise<void> {
    const { store, deps } = this.#parts
    const arn = target.Arn!
    const [, , , region, owner] = arn.split(':')
    const bus = store.bus({ account: owner!, region: region! }, busNameOf(arn))
    if (!bus) {
      throw new AwsError('ResourceNotFoundException', `Event bus ${busNameOf(arn)} does not exist.`)
    }
    if (owner !== account) checkLetIn(bus, account)
    const { database, clock } = deps.kernel
    const passing = { hops: hops + 1, now: clock.now() }
    await database.write((tx) => this.#router.publish(tx, bus, event, passing))
  }

  /** A target's role, or EventBridge itself, as the policies of queues and functions know it. */
  async #principal({ target, ruleArn }: DeliveryJob, arn: string): Promise<Principal> {
    if (target.RoleArn === undefined) return this.#service(ruleArn, arn)
    const { sessions } = this.#parts.deps
    if (!(await sessions.canBeAssumedBy(target.RoleArn, 'events.amazonaws.com'))) {
      throw new AwsError('AccessDeniedException', `EventBridge may not assume ${target.RoleArn}.`)
    }
    return sessions.rolePrincipal({ roleArn: target.RoleArn, sessionName: 'events' })
  }

  #service(ruleArn: string, arn: string): Principal {
    const [, , , , account] = arn.split(':')
    const service = this.#parts.deps.sessions.serviceOf('events.amazonaws.com', account)
    const context = { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': ruleArn.split(':')[4]! }
    return { ...service, context: { ...service.context, ...context } }
  }

  #as(principal: Principal, arn: string): Aws {
    const [, , , region, account] = arn.split(':')
    return this.#parts.deps.as({ principal, region: region!, account: account! })
  }

  #queueUrl(arn: string): string {
    const [, , , , account, name] = arn.split(':')
    return `${this.#parts.deps.settings.originUrl()}/${account}/${name}`
  }
}

export function startDelivery(parts: EventsParts, router: Router): void {
  const delivery = new Delivery(parts, router)
  const run = (job: Job) => delivery.run(job)
  parts.deps.kernel.jobs.handle(DELIVER, { concurrency: 16, run })
}

/** Another account's bus takes what its policy lets in. */
function checkLetIn({ policy, arn }: Bus, account: string): void {
  const root = `arn:aws:iam::${account}:root`
  const isOpen = policy?.Statement.some(({ Effect, Principal: who }) => {
    const named = typeof who === 'object' && who !== null ? (who as { AWS?: unknown }).AWS : who
    return (
      Effect === 'Allow' && [named].flat().some((one) => [root, account, '*'].includes(String(one)))
    )
  })
  if (isOpen) return
  throw new AwsError('AccessDeniedException', `The policy of ${arn} does not let ${account} in.`)
}
