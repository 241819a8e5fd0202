import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let server: Server
let url: string
const calls: { url: string; key: unknown; body: string }[] = []

beforeAll(async () => {
  under = await startCloud()
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      calls.push({ url: request.url!, key: request.headers['x-key'], body })
      // The first call fails: the event comes again.
      response.writeHead(calls.length === 1 ? 503 : 200).end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await under.stop()
})

it('events come to an HTTP endpoint with the connection’s key, and again after a failure', async () => {
  const events = new EventBridge(under.config())
  const Name = 'hooks'
  const { ConnectionArn } = await events.createConnection({
    Name,
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'secret' } },
  })
  const told = await events.describeConnection({ Name })
  expect(told).toMatchObject({
    ConnectionState: 'AUTHORIZED',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key' } },
  })
  expect(JSON.stringify(told)).not.toContain('secret"')
  const { ApiDestinationArn } = await events.createApiDestination({
    Name,
    ConnectionArn,
    InvocationEndpoint: `${url}/orders/*`,
    HttpMethod: 'POST',
  })
  await events.putRule({ Name, EventPattern: '{"source":["shop"]}' })
  const HttpParameters = { PathParameterValues: ['7'], QueryStringParameters: { q: '1' } }
  const target = { Id: 't', Arn: ApiDestinationArn, InputPath: '$.detail', HttpParameters }
  await expect(events.putTargets({ Rule: Name, Targets: [target] })).rejects.toThrow(
    `RoleArn is required for target ${ApiDestinationArn}.`,
  )
  const RoleArn = `arn:aws:iam::${under.cloud.account}:role/caller`
  await events.putTargets({ Rule: Name, Targets: [{ ...target, RoleArn }] })
  await events.putEvents({ Entries: [{ Source: 'shop', DetailType: 'x', Detail: '{"n":1}' }] })
  await expect.poll(() => calls.length).toBe(2)
  expect(calls[1]).toEqual({ url: '/orders/7?q=1', key: 'secret', body: '{"n":1}' })
  const gone = events.describeConnection({ Name: 'none' })
  await expect(gone).rejects.toThrow(
    "Failed to describe the connection(s). Connection 'none' does not exist.",
  )
})

it.each([
  [
    'what is no connection and no method',
    (events: EventBridge) =>
      events.createApiDestination({
        Name: 'wrong',
        ConnectionArn: 'nothing',
        HttpMethod: 'SMILE' as never,
        InvocationEndpoint: 'https://example.com',
      }),
    String.raw`2 validation errors detected: Value 'nothing' at 'connectionArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$; ` +
      `Value 'SMILE' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]`,
  ],
  [
    'an event that is none',
    (events: EventBridge) =>
      events.testEventPattern({ EventPattern: '{"source":["shop"]}', Event: 'plain' }),
    'Parameter Event is not valid.',
  ],
])('refuses %s', async (_what, run, answer) => {
  await expect(run(new EventBridge(under.config()))).rejects.toThrow(answer)
})
