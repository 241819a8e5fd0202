import { request } from 'node:http'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sign } from '../../gateway/index.ts'
import {
  ACCOUNT,
  type ComputeUnderTest,
  REGION,
  ROLE,
  startCompute,
  zip,
} from './tests/compute-under-test.ts'

let cloud: ComputeUnderTest

beforeAll(async () => {
  cloud = await startCompute()
})
afterAll(() => cloud.stop())

const echo = `export const handler = async (event) => {
  if (event.rawPath === '/plain') return { a: 1 }
  if (event.rawPath === '/fail') throw new Error('no')
  if (event.rawPath === '/bytes') return { statusCode: 200, isBase64Encoded: true, body: Buffer.from([0, 255]).toString('base64'),
    headers: { 'Content-Type': 'application/octet-stream' } }
  return { statusCode: 201, cookies: ['a=1', 'b=2'], headers: { 'X-Path': event.rawPath },
    body: JSON.stringify({
      method: event.requestContext.http.method, query: event.queryStringParameters,
      proto: event.headers['x-forwarded-proto'], from: event.headers['x-forwarded-for'],
      trace: event.headers['x-amzn-trace-id'],
      cookies: event.cookies, body: event.body, base64: event.isBase64Encoded,
      who: event.requestContext.accountId }) }
}`

async function withUrl(name: string, auth: 'NONE' | 'AWS_IAM', more: object = {}, code = echo) {
  await cloud.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: zip({ 'index.mjs': code }) },
    }),
  )
  await waitUntilFunctionActiveV2(
    { client: cloud.lambda, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName: name },
  )
  const { FunctionUrl } = await cloud.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: auth, ...more }),
  )
  return new URL(FunctionUrl!)
}

const allowEveryone = (name: string) =>
  cloud.lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: 'public',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  )

/** A resolver may not know names below localhost: the name goes into the Host header instead. */
function call(
  url: URL,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}> {
  return new Promise((done, failed) => {
    const { method = 'GET', headers = {}, body } = options
    const place = { host: '127.0.0.1', port: url.port, path, method }
    const sent = request({ ...place, headers: { host: url.host, ...headers } }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () =>
        done({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(pieces) }),
      )
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

it('lets everybody in only when the policy says so', async () => {
  const url = await withUrl('public', 'NONE')
  expect(url.hostname).toMatch(new RegExp(`^[a-z0-9]{32}\\.lambda-url\\.${REGION}\\.localhost$`))
  const refused = await call(url, '/')
  expect(refused.status).toBe(403)
  expect(refused.body.toString()).toBe(
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
  )
  await allowEveryone('public')
  const answer = await call(url, '/a/b?x=1&x=2', {
    method: 'POST',
    headers: { cookie: 'c=3; d=4', 'content-type': 'text/plain' },
    body: '안녕',
  })
  expect(answer.status).toBe(201)
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(answer.headers['x-path']).toBe('/a/b')
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
  const { trace, ...told } = JSON.parse(answer.body.toString()) as Record<string, unknown>
  expect(String(answer.headers['x-amzn-trace-id']).split(';')[0]).toBe(trace)
  expect(told).toEqual({
    proto: 'http',
    from: '127.0.0.1',
    method: 'POST',
    query: { x: '1,2' },
    cookies: ['c=3', 'd=4'],
    body: '안녕',
    base64: false,
    who: 'anonymous',
  })
  expect((await call(url, '/plain')).body.toString()).toBe('{"a":1}')
  expect((await call(url, '/bytes')).body).toEqual(Buffer.from([0, 255]))
  expect((await call(url, '/fail')).status).toBe(502)
  const id = url.hostname.split('.')[0]!
  const byPath = await fetch(`${cloud.url}/_madang/lambda-url/${id}/plain`)
  expect(await byPath.json()).toEqual({ a: 1 })
})

const streaming = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath === '/fail') throw new Error('no')
  if (event.rawPath === '/told') stream = awslambda.HttpResponseStream.from(stream,
    { statusCode: 418, headers: { 'X-Kind': 'tea' }, cookies: ['a=1'] })
  else stream.setContentType('text/plain')
  stream.write('one,'); await new Promise((r) => setTimeout(r, 50)); stream.write('two'); stream.end() })`

it('sends an answer as it is written, its status and headers where the function tells them', async () => {
  const url = await withUrl('flows', 'NONE', { InvokeMode: 'RESPONSE_STREAM' }, streaming)
  await allowEveryone('flows')
  const plain = await call(url, '/')
  expect([plain.status, plain.headers['content-type'], plain.body.toString()]).toEqual([
    200,
    'text/plain',
    'one,two',
  ])
  const told = await call(url, '/told')
  expect([told.status, told.headers['x-kind'], told.body.toString()]).toEqual([
    418,
    'tea',
    'one,two',
  ])
  expect(told.headers['set-cookie']).toEqual(['a=1'])
  expect((await call(url, '/fail')).status).toBe(502)
})

it('answers cross-origin questions itself', async () => {
  const url = await withUrl('cors', 'NONE', {
    Cors: { AllowOrigins: ['https://app.example'], AllowMethods: ['GET'], MaxAge: 60 },
  })
  await allowEveryone('cors')
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  const preflight = await call(url, '/', { method: 'OPTIONS', headers })
  expect(preflight.status).toBe(200)
  expect(preflight.headers['access-control-allow-origin']).toBe('https://app.example')
  const foreign = await call(url, '/', { headers: { origin: 'https://other.example' } })
  expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
})

it('asks for a signature with AWS_IAM', async () => {
  const url = await withUrl('signed', 'AWS_IAM')
  expect((await call(url, '/')).status).toBe(403)
  const headers = sign({
    method: 'GET',
    url: '/who?a=1',
    headers: { host: url.host },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: REGION,
    service: 'lambda',
    now: Date.now(),
  })
  const answer = await call(url, '/who?a=1', { headers })
  expect(answer.status).toBe(201)
  expect(JSON.parse(answer.body.toString())).toMatchObject({ who: ACCOUNT, query: { a: '1' } })
})
