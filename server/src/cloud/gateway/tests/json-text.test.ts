import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { asJsonText, service } from '../index.ts'
import { decodeCbor, encodeCbor } from '../protocols/index.ts'
import { sign } from '../sigv4.ts'
import { credentials, startGateway } from './gateway-under-test.ts'

const item = { id: { S: 'a "quoted" ü' }, bytes: { B: Uint8Array.from([1, 2]) } }
const text = '{"id":{"S":"a \\"quoted\\" ü"},"bytes":{"B":"AQI="}}'

const dynamodb = service({
  id: 'dynamodb',
  operations: {
    GetItem: () => ({
      Item: asJsonText(text, () => item),
      ConsumedCapacity: { TableName: 't', CapacityUnits: 0.5 },
    }),
  },
})

test('a member that is JSON already goes into the answer; who speaks no JSON gets the value', async () => {
  const under = await startGateway({ services: [dynamodb] })
  const client = new DynamoDB({ endpoint: under.endpoint, region: 'us-east-1', credentials })
  const asked = { TableName: 't', Key: { id: { S: 'a' } } }
  const said = await client.getItem(asked)
  expect(said.Item).toEqual(item)
  expect(said.ConsumedCapacity).toEqual({ TableName: 't', CapacityUnits: 0.5 })

  const host = new URL(under.endpoint).host
  const url = '/service/DynamoDB_20120810/operation/GetItem'
  const place = { region: 'us-east-1', service: 'dynamodb', now: Date.now() }
  const headers = { host, 'smithy-protocol': 'rpc-v2-cbor' }
  const body = Buffer.from(encodeCbor(asked))
  const call = { method: 'POST', url, headers, body, credentials, ...place }
  const { host: _, ...signed } = sign(call)
  const answer = await fetch(under.endpoint + url, { method: 'POST', headers: signed, body })
  expect(decodeCbor(new Uint8Array(await answer.arrayBuffer()))).toMatchObject({ Item: item })

  const principal = { kind: 'root' as const, account: '111111111111', arn: '*', userId: '1' }
  const inside = under.gateway.aws({ principal, region: 'us-east-1' })
  expect((await inside.dynamodb.getItem(asked)).Item).toBe(item)
  expect(under.bugs).toEqual([])
  await under.close()
})
