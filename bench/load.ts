// Replays one kind of signed requests and prints what came of it as JSON: `node load.ts '<Plan as JSON>'`.
// A process of its own, so that signing and waiting cost the server nothing.
import { type Outcome, replay, type Replayed, type ReplayPlan } from './replay.ts'
import { endlessByWrk, hasWrk, replayByWrk } from './wrk.ts'
import { bytesOf, type Call, jsonCall, type Keys, requestBytes, textOf } from './requests.ts'

export type LoadKind =
  | 's3Put'
  | 's3Get'
  | 's3List'
  | 'dynamoPut'
  | 'dynamoGet'
  | 'kinesisPut'
  | 'sqs'

export interface Plan extends ReplayPlan {
  kind: LoadKind
  /** Of the bucket, the table, the stream or the queue. */
  name: string
  count: number
  sizeBytes: number
  /** Objects or items `k<firstKey>` … in turn. */
  keys: number
  firstKey?: number
  /** How long wrk sends them, where there is one; otherwise each is sent once. */
  seconds?: number
  /** Goes on from the start until it is killed; says `begun` first. */
  endless?: boolean
  /** Makes the values of one run differ from those of the next. */
  seed: number
  signer: Keys
}

/** One outcome; of SQS three: send, receive, delete. */
export type Outcomes = Outcome[]

type Single = Exclude<LoadKind, 'sqs'>

const calls: Record<Single, (plan: Plan, index: number) => Call> = {
  s3Put: (plan, index) => ({
    method: 'PUT',
    url: `/${plan.name}/${keyOf(plan, index)}`,
    service: 's3',
    body: bytesOf(plan.sizeBytes, plan.seed, index),
  }),
  s3Get: (plan, index) => ({
    method: 'GET',
    url: `/${plan.name}/${keyOf(plan, index)}`,
    service: 's3',
  }),
  s3List: (plan) => ({
    method: 'GET',
    url: `/${plan.name}?list-type=2&max-keys=${plan.keys}`,
    service: 's3',
  }),
  dynamoPut: (plan, index) =>
    jsonCall('dynamodb', 'DynamoDB_20120810.PutItem', {
      TableName: plan.name,
      Item: {
        id: { S: keyOf(plan, index) },
        value: { S: textOf(plan.sizeBytes - 40, plan.seed, index) },
        count: { N: String(index) },
      },
    }),
  dynamoGet: (plan, index) =>
    jsonCall('dynamodb', 'DynamoDB_20120810.GetItem', {
      TableName: plan.name,
      Key: { id: { S: keyOf(plan, index) } },
    }),
  kinesisPut: (plan, index) =>
    jsonCall(
      'kinesis',
      'Kinesis_20131202.PutRecord',
      {
        StreamName: plan.name,
        PartitionKey: keyOf(plan, index),
        Data: bytesOf(plan.sizeBytes, plan.seed, index).toString('base64'),
      },
      '1.1',
    ),
}

function keyOf({ keys, firstKey = 0 }: Plan, index: number): string {
  return `k${firstKey + (index % keys)}`
}

async function run(plan: Plan): Promise<Outcomes> {
  if (plan.kind === 'sqs') return queueRoundTrip(plan)
  const call = calls[plan.kind]
  const requests = requestsOf(plan, (index) => call(plan, index))
  const begun = () => void process.stdout.write('begun\n')
  if (plan.seconds !== undefined && hasWrk) {
    const wrkPlan = { ...plan, seconds: plan.seconds }
    if (!plan.endless) return [await replayByWrk(wrkPlan, requests)]
    await endlessByWrk(wrkPlan, requests, begun)
    return []
  }
  if (plan.endless) begun()
  return [outcomeOf(await replay(plan, requests))]
}

/** Sends, then receives what was sent one by one, then deletes it. */
async function queueRoundTrip(plan: Plan): Promise<Outcomes> {
  const QueueUrl = `http://127.0.0.1:${plan.port}/000000000000/${plan.name}`
  const call = (action: string, input: object) =>
    jsonCall('sqs', `AmazonSQS.${action}`, { QueueUrl, ...input })
  const body = (index: number) => ({ MessageBody: textOf(plan.sizeBytes, plan.seed, index) })
  const sends = requestsOf(plan, (index) => call('SendMessage', body(index)))
  const sent = await replay(plan, sends)
  const receives = requestsOf(plan, () => call('ReceiveMessage', { VisibilityTimeout: 600 }))
  const received = await replay(plan, receives, true)
  const handles = received.bodies.flatMap(handlesIn)
  const deletes = handles.map((ReceiptHandle) =>
    requestBytes(makerOf(plan), call('DeleteMessage', { ReceiptHandle })),
  )
  return [sent, received, await replay(plan, deletes)].map(outcomeOf)
}

function handlesIn(body: string): string[] {
  const { Messages = [] } = JSON.parse(body) as { Messages?: { ReceiptHandle: string }[] }
  return Messages.map(({ ReceiptHandle }) => ReceiptHandle)
}

function requestsOf(plan: Plan, call: (index: number) => Call): Buffer[] {
  const maker = makerOf(plan)
  return Array.from({ length: plan.count }, (_, index) => requestBytes(maker, call(index)))
}

const makerOf = ({ port, signer }: Plan) => ({ port, keys: signer })

function outcomeOf({ bodies: _bodies, ...outcome }: Replayed): Outcome {
  return outcome
}

const outcomes = await run(JSON.parse(process.argv[2]!) as Plan)
process.stdout.write(`${JSON.stringify(outcomes)}\n`)
