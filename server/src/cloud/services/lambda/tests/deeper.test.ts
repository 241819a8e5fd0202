import {
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ComputeUnderTest, eventually, ROLE, startCompute, zip } from './compute-under-test.ts'

let cloud: ComputeUnderTest
beforeAll(async () => {
  cloud = await startCompute()
})
afterAll(() => cloud.stop())

async function create(
  name: string,
  code: string,
  more: Partial<CreateFunctionCommandInput> = {},
  file = 'index.js',
) {
  const { lambda: client } = cloud
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: zip({ [file]: code }) },
      ...more,
    }),
  )
  const waiter = { client, maxWaitTime: 120, minDelay: 0.05 }
  await waitUntilFunctionActiveV2(waiter, { FunctionName: name })
}

const call = (FunctionName: string, Payload = '{}') =>
  cloud.lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(Payload) }))

const logged = async (name: string) => {
  const logGroupName = `/aws/lambda/${name}`
  const { events } = await cloud.logs.send(new FilterLogEventsCommand({ logGroupName }))
  return events!.map(({ message }) => message!)
}

it('has its lines in the log as soon as it has answered', async () => {
  await create('prompt', `exports.handler = async ({ n }) => console.log('call', n)`)
  await call('prompt', '{"n":1}')
  expect((await logged('prompt')).join('')).toContain('\tINFO\tcall 1\n')
  await call('prompt', '{"n":2}')
  await expect.poll(async () => (await logged('prompt')).join('')).toContain('\tINFO\tcall 2\n')
})

it('logs as JSON, from the levels up that were asked for', async () => {
  const LoggingConfig = {
    LogFormat: 'JSON' as const,
    ApplicationLogLevel: 'WARN' as const,
    SystemLogLevel: 'INFO' as const,
  }
  const code = `exports.handler = async () => { console.log('quiet'); console.warn({ a: 1 }); console.error(new TypeError('bad')) }`
  await create('json', code, { LoggingConfig })
  const made = await cloud.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'json' }),
  )
  expect(made.LoggingConfig).toEqual({ ...LoggingConfig, LogGroup: '/aws/lambda/json' })
  await call('json')
  const lines = (await logged('json')).map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines.map(({ type, level }) => type ?? level)).toEqual([
    'platform.initStart',
    'platform.start',
    'WARN',
    'ERROR',
    'platform.report',
  ])
  expect(lines[2]).toMatchObject({ message: { a: 1 }, requestId: expect.any(String) as string })
  expect(lines[3]).toMatchObject({ errorType: 'TypeError', errorMessage: 'bad' })
  expect(lines[4]).toMatchObject({
    record: { status: 'success', metrics: { memorySizeMB: 128 } },
  })
})

it('keeps environments ready for a version, and says how many', async () => {
  const FunctionName = 'ready'
  await create(
    FunctionName,
    `exports.handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE`,
  )
  const { lambda } = cloud
  const put = (Qualifier: string, ProvisionedConcurrentExecutions = 2) => {
    const input = { FunctionName, Qualifier, ProvisionedConcurrentExecutions }
    return lambda.send(new PutProvisionedConcurrencyConfigCommand(input))
  }
  const get = (Qualifier: string) =>
    lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))
  await expect(put('$LATEST')).rejects.toThrow(
    'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
  )
  await lambda.send(new PublishVersionCommand({ FunctionName }))
  const FunctionVersion = '1'
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion }))
  await expect(get('1')).rejects.toMatchObject({
    name: 'ProvisionedConcurrencyConfigNotFoundException',
  })
  expect(await put('live')).toMatchObject({
    Status: 'IN_PROGRESS',
    RequestedProvisionedConcurrentExecutions: 2,
    AllocatedProvisionedConcurrentExecutions: 0,
  })
  await expect(put('1')).rejects.toThrow('Version is pointed by a Provisioned Concurrency alias')
  const ready = await eventually(async () => {
    const shown = await get('live')
    return shown.Status === 'READY' && shown
  })
  expect(ready).toMatchObject({ AllocatedProvisionedConcurrentExecutions: 2 })
  const { Payload } = await call('ready:live')
  expect(Buffer.from(Payload!).toString()).toBe('"provisioned-concurrency"')
  const list = new ListProvisionedConcurrencyConfigsCommand({ FunctionName })
  const { ProvisionedConcurrencyConfigs: all } = await lambda.send(list)
  expect(all!.map(({ FunctionArn }) => FunctionArn!.split(':').slice(-2))).toEqual([
    ['ready', 'live'],
  ])
  const place = { FunctionName, Qualifier: 'live' }
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(place))
  await expect(get('live')).rejects.toThrow('No Provisioned Concurrency Config found')
  await expect(
    lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' })),
  ).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message: 'Unable to delete version because the following aliases reference it: [live]',
  })
})

it('says of a payload what its own parser says', async () => {
  await create('parsed', `exports.handler = async () => 1`)
  const refused = async (payload: string) =>
    ((await call('parsed', payload).catch((error: unknown) => error)) as Error).message.split(
      'payload into json: ',
    )[1]
  const source = '[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'
  const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
  expect(await refused('badbod')).toBe(
    `Unrecognized token 'badbod': was expecting ${values}\n at ${source}; line: 1, column: 7]`,
  )
  expect(await refused("{'a': 1}")).toMatch(
    /^Unexpected character \('''? \(code 39\)\): was expecting double-quote to start field name/,
  )
  expect(await refused('{"a": 1 "b": 2}')).toContain(
    'was expecting comma to separate Object entries',
  )
  expect(await refused('{"a": 1')).toMatch(
    /^Unexpected end-of-input: expected close marker for Object/,
  )
})

it('answers the first form of asynchronous calls', async () => {
  await create('later', `exports.handler = async (event) => console.log('got', event.name)`)
  const input = { FunctionName: 'later', InvokeArgs: Buffer.from('{"name":"GB"}') }
  expect(await cloud.lambda.send(new InvokeAsyncCommand(input))).toMatchObject({ Status: 202 })
  await eventually(async () => (await logged('later').catch(() => [])).join('').includes('got GB'))
})

it('streams its answer', async () => {
  const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    stream.setContentType('text/plain'); stream.write('one,'); await new Promise((r) => setTimeout(r, 100))
    if (event.fail) throw new TypeError('stopped'); stream.write('two'); stream.end() })`
  await create('streams', code)
  const read = async (Payload: string) => {
    const input = { FunctionName: 'streams', Payload: Buffer.from(Payload) }
    const answer = await cloud.lambda.send(new InvokeWithResponseStreamCommand(input))
    const pieces: string[] = []
    let end: unknown
    for await (const { PayloadChunk, InvokeComplete } of answer.EventStream!) {
      if (PayloadChunk) pieces.push(Buffer.from(PayloadChunk.Payload!).toString())
      end = InvokeComplete ?? end
    }
    return { type: answer.ResponseStreamContentType, pieces, end }
  }
  expect(await read('{}')).toEqual({ type: 'text/plain', pieces: ['one,', 'two'], end: {} })
  const failed = await read('{"fail":true}')
  expect(failed.pieces).toEqual(['one,'])
  expect(failed.end).toMatchObject({ ErrorCode: 'Unhandled' })
})
