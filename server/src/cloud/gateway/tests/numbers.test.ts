import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { service, type ServiceId } from '../index.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'

// What the SDKs' types allow of a number is less than what others send.
let underTest: UnderTest
let seen: unknown
beforeAll(async () => {
  const hears = (id: ServiceId, operation: string) =>
    service({
      id,
      operations: { [operation]: (input: unknown) => void (seen = input) },
      validate: () => undefined,
    })
  underTest = await startGateway({
    services: [
      hears('dynamodb', 'ListTables'),
      hears('cloudwatch', 'PutMetricData'),
      hears('iam', 'ListUsers'),
      hears('lambda', 'ListLayers'),
    ],
  })
})
afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  await underTest.close()
})

const clients = () => {
  const config = {
    endpoint: underTest.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  }
  return {
    json: (n: unknown) => new DynamoDB(config).listTables({ Limit: n as number }),
    form: (n: unknown) => new IAM(config).listUsers({ MaxItems: n as number }),
    path: (n: unknown) => new Lambda(config).listLayers({ MaxItems: n as number }),
    metric: (n: unknown) =>
      new CloudWatch(config).putMetricData({
        Namespace: 'n',
        MetricData: [{ MetricName: 'm', Value: n as number, StorageResolution: n as number }],
      }),
  }
}

test.each([
  [1.9, 1],
  [-0.5, 0],
  [1e300, 2 ** 63],
  [7, 7],
])('%s is the whole number %s in JSON', async (sent, heard) => {
  await clients().json(sent)
  expect(seen).toEqual({ Limit: heard })
})

test('a value of a metric keeps its fraction, its resolution is whole', async () => {
  await clients().metric(1.5)
  expect(seen).toMatchObject({ MetricData: [{ Value: 1.5, StorageResolution: 1 }] })
})

test.each([
  ['json', 'NaN', 'SerializationException', 'STRING_VALUE cannot be converted to Integer'],
  ['form', 1.5, 'MalformedInput', "Invalid value '1.5' for MaxItems"],
  ['form', 'NaN', 'MalformedInput', "Invalid value 'NaN' for MaxItems"],
  ['form', '9'.repeat(20), 'MalformedInput', `Invalid value '${'9'.repeat(20)}' for MaxItems`],
  ['path', 1.5, 'SerializationException', "Value '1.5' at 'MaxItems' is invalid"],
] as const)('%s refuses %s for a whole number', async (by, sent, name, message) => {
  await expect(clients()[by](sent)).rejects.toMatchObject({ name, message })
})
