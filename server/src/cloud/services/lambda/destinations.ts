import type { ServiceDeps } from '../../deps.ts'
import { type Aws, AwsError } from '../../gateway/index.ts'
import type { Scope } from './model.ts'
import type { Outcome } from './runtime/outcome.ts'

/** An asynchronous invocation that came to its end. */
export interface Ended extends Scope {
  roleArn: string
  functionArn: string
  requestId: string
  /** The event as it was given, JSON. */
  payload: string
  executedVersion: string
  condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency'
  invokeCount: number
  /** Of the last try; absent when it was not tried. */
  outcome: Pick<Outcome, 'payload' | 'functionError'> | undefined
}

/** Tells a queue, topic or function how an event ended; nobody waits for it, so a failure is logged. */
export async function tellDestination(deps: ServiceDeps, arn: string, ended: Ended): Promise<void> {
  await attempt(deps, arn, ended, (aws) =>
    send(deps, aws, { arn, ended, message: invocationRecord(deps, ended) }),
  )
}

/** Hands an event that was given up to the function's dead-letter queue or topic, as it came. */
export async function deadLetter(deps: ServiceDeps, arn: string, ended: Ended): Promise<void> {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue })
  const message = ended.outcome ? errorMessageOf(ended.outcome) : undefined
  const attributes = {
    RequestID: text(ended.requestId),
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ...(message && { ErrorMessage: text(message) }),
  }
  await attempt(deps, arn, ended, (aws) =>
    send(deps, aws, { arn, ended, message: ended.payload, attributes }),
  )
}

async function attempt(
  deps: ServiceDeps,
  arn: string,
  { account, region, roleArn, functionArn }: Ended,
  work: (aws: Aws) => Promise<unknown>,
): Promise<void> {
  try {
    const session = { roleArn, sessionName: 'lambda-destination' }
    const principal = await deps.sessions.rolePrincipal(session)
    await work(deps.as({ principal, region: arn.split(':')[3] || region, account }))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    deps.kernel.log.warn('lambda.destinationFailed', { functionArn, arn, reason: error.message })
  }
}

type Attributes = Record<string, { DataType: string; StringValue: string }>

interface Message {
  ended: Ended
  arn: string
  message: string
  attributes?: Attributes
}

function send(deps: ServiceDeps, aws: Aws, given: Message): Promise<unknown> {
  const { arn, message, ended, attributes: MessageAttributes } = given
  const [, , service, , account, name] = arn.split(':')
  if (service === 'sns') {
    return aws.sns.publish({ TopicArn: arn, Message: message, MessageAttributes })
  }
  if (service === 'lambda') {
    const Payload = Buffer.from(message)
    return aws.lambda.invoke({ FunctionName: arn, InvocationType: 'Event', Payload })
  }
  if (service === 's3') {
    const Key = recordKey(`async/${ended.functionArn.split(':')[6]}`, deps.kernel.clock.now())
    return aws.s3.putObject({ Bucket: name!, Key, Body: Buffer.from(message) })
  }
  if (service === 'events') return tellBus(aws, arn, ended, message)
  const QueueUrl = `${deps.settings.originUrl()}/${account}/${name}`
  return aws.sqs.sendMessage({ QueueUrl, MessageBody: message, MessageAttributes })
}

async function tellBus(aws: Aws, arn: string, ended: Ended, record: string): Promise<void> {
  const end = ended.condition === 'Success' ? 'Success' : 'Failure'
  const entry = {
    Source: 'lambda',
    DetailType: `Lambda Function Invocation Result - ${end}`,
    Resources: [arn, ended.functionArn],
    Detail: record,
    EventBusName: arn,
  }
  const { Entries } = await aws.events.putEvents({ Entries: [entry] })
  const refused = Entries?.find(({ ErrorCode }) => ErrorCode)
  if (refused) throw new AwsError(refused.ErrorCode!, refused.ErrorMessage ?? '')
}

/** Where a bucket keeps a record: `aws/lambda/<of>/2026/11/23/2026-11-23T09.00.00-<uuid>`. */
export function recordKey(of: string, now: number): string {
  const [date, time] = new Date(now).toISOString().split('T')
  const moment = `${date}T${time!.slice(0, 8).replaceAll(':', '.')}`
  return `aws/lambda/${of}/${date!.replaceAll('-', '/')}/${moment}-${crypto.randomUUID()}`
}

/** As the developer guide shows it, "Capturing records of Lambda asynchronous invocations". */
function invocationRecord({ kernel }: ServiceDeps, ended: Ended): string {
  const { outcome } = ended
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(kernel.clock.now()).toISOString(),
    requestContext: {
      requestId: ended.requestId,
      functionArn: ended.functionArn,
      condition: ended.condition,
      approximateInvokeCount: ended.invokeCount,
    },
    requestPayload: JSON.parse(ended.payload) as unknown,
    ...(outcome && {
      responseContext: {
        statusCode: 200,
        executedVersion: ended.executedVersion,
        ...(outcome.functionError && { functionError: outcome.functionError }),
      },
      responsePayload: jsonOf(outcome),
    }),
  })
}

function jsonOf({ payload }: Pick<Outcome, 'payload'>): unknown {
  const text = Buffer.from(payload).toString()
  return text === '' ? null : (JSON.parse(text) as unknown)
}

function errorMessageOf(outcome: Pick<Outcome, 'payload'>): string | undefined {
  const told = jsonOf(outcome) as { errorMessage?: unknown } | null
  return typeof told?.errorMessage === 'string' && told.errorMessage !== ''
    ? told.errorMessage.slice(0, 1024)
    : undefined
}
