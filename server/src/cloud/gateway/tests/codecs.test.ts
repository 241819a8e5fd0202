import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AwsQueryProtocol } from '@aws-sdk/core/protocols'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import { service, type OperationHandler, type ServiceId } from '../index.ts'
import { loadSchema, type OperationSchema } from '../schema.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'
import { randomFrom, randomStruct } from './random-values.ts'
import { sdkOf, type Sdk } from './sdk-clients.ts'

// Every operation of every service, random values both ways, over the official client: what it
// sends must arrive as it was meant, what the handler answers must be what the client gives.

type Values = Record<string, unknown>

const seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 20261122)
const rounds = Number(process.env['MADANG_FUZZ_ROUNDS'] ?? 1)

const ids: ServiceId[] = [
  's3',
  'lambda',
  'sts',
  'iam',
  'cloudwatch',
  'logs',
  'cloudformation',
  'ec2',
  'dynamodb',
  'sqs',
  'kinesis',
]

/** What the next call of a service gives back, and what its last one brought. */
interface Stage {
  output: Values
  input: Values | undefined
}

const stages = new Map<ServiceId, Stage>(ids.map((id) => [id, { output: {}, input: undefined }]))

function echo(stage: Stage): OperationHandler<Values, Values> {
  return (input) => {
    stage.input = input
    return stage.output
  }
}

// A second when the machine is free; the limit is for one that runs everything else as well.
const limitMs = 240_000

let underTest: UnderTest

beforeAll(async () => {
  const services = ids.map((id) => {
    const names = loadSchema(id).operationNames
    const operations = Object.fromEntries(names.map((name) => [name, echo(stages.get(id)!)]))
    return service({ id, operations, validate: () => undefined, anonymous: id === 'sts' })
  })
  underTest = await startGateway({ services })
})

afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  await underTest.close()
})

// The client itself changes or refuses these inputs or outputs, whatever the server says.
const changedByTheClient: Record<string, string[]> = {
  // Host prefix "{RequestRoute}." can't be reached at an IP address.
  // An answer without a result, which the random output may be, is an abort to it.
  s3: ['WriteGetObjectResponse', 'CreateSession', 'CopyObject', 'UploadPartCopy'],
  // The client presigns a copy of the request into the input.
  ec2: ['CopySnapshot'],
}

/** Members whose value the client makes of others. */
const madeByTheClient = new Set([
  'SSECustomerKey',
  'CopySourceSSECustomerKey',
  'SSECustomerKeyMD5',
  'CopySourceSSECustomerKeyMD5',
  'ChecksumAlgorithm',
  'ContentMD5',
  'PresignedUrl',
  'ContentLength',
])

/** A random Content-Length would be believed by HTTP itself; ExpiresString is the client's own. */
const saidByHttp = new Set(['ContentLength', 'ContentEncoding', 'ExpiresString'])

function streams({ output }: OperationSchema): boolean {
  return Boolean(output?.members.some((m) => m.shape.kind === 'struct' && m.shape.eventStream))
}

function without(values: Values, names: Set<string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)))
}

/** Bytes as text, so that Buffer, Uint8Array and the client's own adapter compare as equal. */
async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Date) return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return Promise.all(value.map(comparable))
  if (typeof value !== 'object' || value === null) return value
  const stream = value as { transformToByteArray?: () => Promise<Uint8Array> }
  if (stream.transformToByteArray) return comparable(await stream.transformToByteArray())
  const entries = await Promise.all(
    Object.entries(value).map(async ([name, item]) => [name, await comparable(item)]),
  )
  return Object.fromEntries(entries)
}

interface Round {
  id: ServiceId
  sdk: Sdk
  client: ReturnType<Sdk['client']>
  operation: OperationSchema
  random: () => number
}

async function roundTrip({ id, sdk, client, operation, random }: Round): Promise<void> {
  const stage = stages.get(id)!
  const input = operation.input
    ? without(randomStruct(operation.input, random) ?? {}, madeByTheClient)
    : {}
  stage.output = operation.output
    ? without(randomStruct(operation.output, random) ?? {}, saidByHttp)
    : {}
  stage.input = undefined
  const sent = (await comparable(input)) as Values
  const answered = (await comparable(stage.output)) as Values
  const { $metadata: _metadata, ...got } = await client.send(sdk.command(operation.name, input))
  const arrived = (await comparable(stage.input)) as Values
  const label = `${id}:${operation.name}`
  expect(arrived, `${label} input`).toMatchObject(sent)
  expect(await comparable(got), `${label} output`).toMatchObject(answered)
}

/** The two values, cut at the first place where they differ. */
function difference(error: unknown): string {
  const { actual, expected } = error as { actual?: unknown; expected?: unknown }
  const [a, b] = [JSON.stringify(actual) ?? '', JSON.stringify(expected) ?? '']
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const from = Math.max(0, at - 60)
  return `got …${a.slice(from, at + 90)}… wanted …${b.slice(from, at + 90)}…`
}

async function everyOperation(id: ServiceId, options: Values = {}): Promise<void> {
  const sdk = sdkOf(id)
  const client = sdk.client({
    endpoint: underTest.endpoint,
    region: 'eu-west-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    md5: id === 'sqs' ? false : undefined,
    disableHostPrefix: true,
    ...options,
  })
  const schema = loadSchema(id)
  const failures: string[] = []
  for (const name of schema.operationNames) {
    const operation = schema.operation(name)!
    if (streams(operation) || changedByTheClient[id]?.includes(name)) continue
    const random = randomFrom(seed + name.length * 7919 + name.charCodeAt(0))
    for (let round = 0; round < rounds; round++) {
      try {
        await roundTrip({ id, sdk, client, operation, random })
      } catch (error) {
        failures.push(`${name}: ${String(error).slice(0, 300)} ${difference(error)}`)
        break
      }
    }
  }
  client.destroy()
  expect(failures.slice(0, 5), `${failures.length} of ${schema.operationNames.length}`).toEqual([])
}

describe('each service in its own protocol', () => {
  test.each(ids)('%s', (id) => everyOperation(id), limitMs)
})

describe('a service in another protocol it also speaks', () => {
  const cbor = { protocol: SmithyRpcV2CborProtocol }
  const query = { protocol: AwsQueryProtocol }
  test('cloudwatch over CBOR', () => everyOperation('cloudwatch', cbor), limitMs)
  test('cloudwatch over query', () => everyOperation('cloudwatch', query), limitMs)
  test('dynamodb over CBOR', () => everyOperation('dynamodb', cbor), limitMs)
  test('sqs over CBOR', () => everyOperation('sqs', cbor), limitMs)
})
