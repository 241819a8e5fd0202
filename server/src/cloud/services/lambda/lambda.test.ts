import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ComputeUnderTest,
  eventually,
  ROLE,
  startCompute,
  zip,
} from './tests/compute-under-test.ts'

let cloud: ComputeUnderTest

beforeAll(async () => {
  cloud = await startCompute()
})
afterAll(() => cloud.stop())

async function create(
  name: string,
  files: Record<string, string>,
  more: Partial<CreateFunctionCommandInput> = {},
) {
  const made = await cloud.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: zip(files) },
      ...more,
    }),
  )
  const client = cloud.lambda
  await waitUntilFunctionActiveV2(
    { client, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName: name },
  )
  return made
}

async function invoke(name: string, payload: unknown = {}, tail = false) {
  const answer = await cloud.lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(payload)),
      ...(tail && { LogType: 'Tail' }),
    }),
  )
  return {
    value: JSON.parse(Buffer.from(answer.Payload!).toString()) as never,
    error: answer.FunctionError,
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  }
}

describe('a Node.js function', () => {
  it('is Pending, becomes Active, answers, and keeps its process between calls', async () => {
    const made = await create('counter', {
      'index.mjs': `let calls = 0
        export const handler = async (event, context) => {
          console.log('called with', event.name)
          const version = process.env.AWS_LAMBDA_FUNCTION_VERSION
          return { hello: event.name, calls: ++calls, version,
            remaining: context.getRemainingTimeInMillis() > 0 }
        }`,
    })
    expect(made.State).toBe('Pending')
    const first = await invoke('counter', { name: 'GB' }, true)
    expect(first.value).toEqual({ hello: 'GB', calls: 1, version: '$LATEST', remaining: true })
    expect(first.log).toMatch(/START RequestId: .* Version: \$LATEST\n/)
    expect(first.log).toMatch(/\tINFO\tcalled with GB\n/)
    const report =
      /REPORT RequestId: .*\tDuration: (.*) ms\tBilled Duration: (\d+) ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: (.*) ms/
    const [, duration, billed, init] = report.exec(first.log) ?? []
    expect(Number(billed)).toBe(Math.ceil(Number(duration) + Number(init)))
    expect((await invoke('counter', { name: 'GB' })).value).toMatchObject({ calls: 2 })
  })

  it('runs concurrent calls in environments of their own', async () => {
    await create('slow', {
      'index.js': `exports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); return process.env.AWS_LAMBDA_LOG_STREAM_NAME }`,
    })
    const streams = await Promise.all([invoke('slow'), invoke('slow'), invoke('slow')])
    expect(new Set(streams.map(({ value }) => value)).size).toBe(3)
  })

  it('may answer by callback', async () => {
    await create('callback', {
      'index.js': `exports.handler = (event, context, done) => setTimeout(() => done(null, event.x * 2), 10)`,
    })
    expect((await invoke('callback', { x: 21 })).value).toBe(42)
  })

  it("is told of its caller's trace, or of one of its own", async () => {
    await create('traced', {
      'index.js': 'exports.handler = async () => process.env._X_AMZN_TRACE_ID',
    })
    expect((await invoke('traced')).value).toMatch(
      /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/,
    )
    const given = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
    const command = new InvokeCommand({ FunctionName: 'traced' })
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> }
        headers['x-amzn-trace-id'] = given
        return next(args)
      },
      { step: 'build' },
    )
    const { Payload } = await cloud.lambda.send(command)
    expect(JSON.parse(Buffer.from(Payload!).toString())).toBe(given)
  })

  it('tells errors as Lambda does', async () => {
    await create('broken', {
      'index.js': `exports.handler = async (event) => {
        if (event.exit) process.exit(1)
        throw new TypeError('boom')
      }`,
    })
    const thrown = await invoke('broken', {}, true)
    expect(thrown.error).toBe('Unhandled')
    expect(thrown.value).toMatchObject({ errorType: 'TypeError', errorMessage: 'boom' })
    expect(thrown.log).toContain('\tERROR\tInvoke Error \t{"errorType":"TypeError"')
    const exited = await invoke('broken', { exit: true }, true)
    expect(exited.value).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect((exited.value as { errorMessage: string }).errorMessage).toMatch(
      /^RequestId: \S+ Error: Runtime exited with error: exit status 1$/,
    )
    expect((await invoke('broken')).value).toMatchObject({ errorMessage: 'boom' })
  })

  it('tells a handler that is not there', async () => {
    await create('lost', { 'index.js': 'exports.other = 1' })
    expect((await invoke('lost')).value).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    })
  })

  it('is ended at its timeout', async () => {
    await create(
      'endless',
      { 'index.js': 'exports.handler = () => new Promise((r) => setTimeout(r, 60000))' },
      { Timeout: 1 },
    )
    const { value, error, log } = await invoke('endless', {}, true)
    expect(error).toBe('Unhandled')
    expect((value as { errorMessage: string }).errorMessage).toMatch(
      /Task timed out after 1.00 seconds$/,
    )
    expect(log).toMatch(/Task timed out after 1.00 seconds\n/)
  })

  it('is ended when it takes more memory than it may', async () => {
    await create(
      'hog',
      {
        'index.js': `exports.handler = async () => { const all = []; for (;;) { all.push(Buffer.alloc(8 << 20, 1)); await new Promise((r) => setTimeout(r, 5)) } }`,
      },
      { Timeout: 20 },
    )
    const { value, log } = await invoke('hog', {}, true)
    expect(value).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect(log).toContain('Error Type: Runtime.OutOfMemory')
  })

  it('has its variables, its credentials and this cloud as endpoint', async () => {
    await create(
      'env',
      {
        'index.js': `exports.handler = async () => ({
        table: process.env.TABLE, key: process.env.AWS_ACCESS_KEY_ID.slice(0, 4),
        endpoint: process.env.AWS_ENDPOINT_URL, home: process.env.MADANG_HOME })`,
      },
      { Environment: { Variables: { TABLE: 'guests' } } },
    )
    expect((await invoke('env')).value).toEqual({
      table: 'guests',
      key: 'ASIA',
      endpoint: cloud.url,
    })
  })

  it('runs the new code and configuration after an update', async () => {
    await create('changing', { 'index.js': 'exports.handler = async () => "one " + process.env.A' })
    expect((await invoke('changing')).value).toBe('one undefined')
    await cloud.lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'changing',
        ZipFile: zip({ 'index.js': 'exports.handler = async () => "two " + process.env.A' }),
      }),
    )
    const waiter = { client: cloud.lambda, maxWaitTime: 120, minDelay: 0.05 }
    await waitUntilFunctionUpdatedV2(waiter, { FunctionName: 'changing' })
    await cloud.lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'changing',
        Environment: { Variables: { AB: 'x' } },
      }),
    )
    expect((await invoke('changing')).value).toBe('two undefined')
  })
})

describe('other runtimes', () => {
  it('runs Python', async () => {
    await create(
      'py',
      {
        'app/main.py': `import logging, json
def handler(event, context):
    print("hello from print")
    logging.getLogger().warning("careful")
    if event.get("fail"):
        raise ValueError("no")
    return {"sum": event["a"] + event["b"], "name": context.function_name}
`,
      },
      { Runtime: 'python3.12', Handler: 'app/main.handler' },
    )
    const fine = await invoke('py', { a: 1, b: 2 }, true)
    expect(fine.value).toEqual({ sum: 3, name: 'py' })
    expect(fine.log).toContain('hello from print\n')
    expect(fine.log).toMatch(/\[WARNING\]\t\d{4}-.*Z\t\S+\tcareful/)
    const failed = await invoke('py', { fail: true }, true)
    expect(failed.value).toMatchObject({ errorType: 'ValueError', errorMessage: 'no' })
    expect(failed.log).toContain('LAMBDA_WARNING: Unhandled exception. ')
    expect(failed.log).toContain('[ERROR] ValueError: no')
  })

  it('runs a bootstrap of its own', async () => {
    await create(
      'shell',
      {
        bootstrap: `#!/bin/sh
while true; do
  head=$(mktemp)
  curl -sS -D "$head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
  id=$(grep -i lambda-runtime-aws-request-id "$head" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -o /dev/null -d '{"from":"sh"}' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
`,
      },
      { Runtime: 'provided.al2023' },
    )
    expect((await invoke('shell')).value).toEqual({ from: 'sh' })
  })

  it('says what it cannot run', async () => {
    const java = create('java', { a: 'x' }, { Runtime: 'java21' })
    await expect(java).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('Madang does not run java21') as string,
    })
    const unknown = create('cobol', { a: 'x' }, { Runtime: 'cobol' as never })
    await expect(unknown).rejects.toThrow('failed to satisfy constraint')
  })
})

describe('what is around a function', () => {
  it('has logs and metrics', async () => {
    await create('observed', {
      'index.js': 'exports.handler = async () => console.log("line one\\nline two")',
    })
    await invoke('observed')
    const messages = await eventually(async () => {
      const { events } = await cloud.logs
        .send(
          new FilterLogEventsCommand({
            logGroupName: '/aws/lambda/observed',
            filterPattern: '"line two"',
          }),
        )
        .catch(() => ({ events: [] }))
      return events?.length ? events.map((event) => event.message) : undefined
    })
    expect(messages[0]).toContain('INFO\tline one\nline two')
    const sum = await eventually(async () => {
      const { Datapoints } = await cloud.cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/Lambda',
          MetricName: 'Invocations',
          Dimensions: [{ Name: 'FunctionName', Value: 'observed' }],
          StartTime: new Date(Date.now() - 300_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 300,
          Statistics: ['Sum'],
        }),
      )
      return Datapoints?.[0]?.Sum
    })
    expect(sum).toBe(1)
  })

  it('sets off an alarm by its errors, within seconds', async () => {
    await create('alarming', { 'index.js': 'exports.handler = async () => { throw new Error() }' })
    await cloud.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'alarming-errors',
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: 'alarming' }],
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      }),
    )
    await invoke('alarming')
    const alarm = await eventually(async () => {
      const names = { AlarmNames: ['alarming-errors'] }
      const { MetricAlarms } = await cloud.cloudwatch.send(new DescribeAlarmsCommand(names))
      return MetricAlarms![0]!.StateValue === 'ALARM' && MetricAlarms![0]
    })
    expect(alarm.StateReason).toContain('1 datapoint [1.0 (')
  })

  it('answers the errors of Lambda', async () => {
    await expect(
      cloud.lambda.send(new GetFunctionCommand({ FunctionName: 'nowhere' })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:ap-northeast-2:000000000000:function:nowhere',
    })
    await create('once', { 'index.js': 'exports.handler = async () => 1' })
    await expect(create('once', { 'index.js': '' })).rejects.toThrow('Function already exist: once')
    await expect(
      create('nozip', {}, { Code: { ZipFile: Buffer.from('not a zip') } }),
    ).rejects.toThrow('Could not unzip uploaded file')
    await expect(
      create('theirs', { a: '' }, { Role: 'arn:aws:iam::111122223333:role/theirs' }),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'Cross-account pass role is not allowed.',
    })
    await expect(
      create('norole', { a: '' }, { Role: 'arn:aws:iam::000000000000:role/none' }),
    ).rejects.toThrow('The role defined for the function cannot be assumed by Lambda.')
    await expect(
      create('reserved', { a: '' }, { Environment: { Variables: { AWS_REGION: 'x' } } }),
    ).rejects.toThrow('contains reserved keys')
    await cloud.lambda.send(new DeleteFunctionCommand({ FunctionName: 'once' }))
    await expect(invoke('once')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('gives the package back by its link', async () => {
    const ZipFile = zip({ 'index.js': 'exports.handler = async () => 1' })
    await create('linked', {}, { Code: { ZipFile } })
    const { Code } = await cloud.lambda.send(new GetFunctionCommand({ FunctionName: 'linked' }))
    const bytes = new Uint8Array(await (await fetch(Code!.Location!)).arrayBuffer())
    expect(Buffer.from(bytes).equals(Buffer.from(ZipFile))).toBe(true)
  })
})
