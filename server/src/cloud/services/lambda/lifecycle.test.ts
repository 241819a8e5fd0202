import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOf } from '../../../kernel/index.ts'
import {
  ACCOUNT,
  type ComputeUnderTest,
  eventually,
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

async function create(
  name: string,
  code: string,
  more: Partial<CreateFunctionCommandInput> = {},
  at = cloud,
) {
  await at.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: zip({ 'index.js': code }) },
      ...more,
    }),
  )
  const waiter = { client: at.lambda, maxWaitTime: 120, minDelay: 0.05 }
  await waitUntilFunctionActiveV2(waiter, { FunctionName: name })
}

async function invoke(name: string, qualifier?: string, at = cloud): Promise<unknown> {
  const { Payload } = await at.lambda.send(
    new InvokeCommand({ FunctionName: name, ...(qualifier && { Qualifier: qualifier }) }),
  )
  return JSON.parse(Buffer.from(Payload!).toString())
}

describe('versions and aliases', () => {
  it('keep their code when $LATEST changes', async () => {
    await create('versioned', 'exports.handler = async () => "one"')
    const one = await cloud.lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }))
    expect(one).toMatchObject({
      Version: '1',
      FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:versioned:1`,
    })
    const again = await cloud.lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }))
    expect(again.Version).toBe('1')
    await cloud.lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'versioned',
        ZipFile: zip({ 'index.js': 'exports.handler = async () => "two"' }),
      }),
    )
    const waiter = { client: cloud.lambda, maxWaitTime: 120, minDelay: 0.05 }
    await waitUntilFunctionUpdatedV2(waiter, { FunctionName: 'versioned' })
    const live = { FunctionName: 'versioned', Name: 'live', FunctionVersion: '1' }
    await cloud.lambda.send(new CreateAliasCommand(live))
    expect(await invoke('versioned')).toBe('two')
    expect(await invoke('versioned', '1')).toBe('one')
    expect(await invoke('versioned:live')).toBe('one')
    await expect(invoke('versioned', '9')).rejects.toThrow(
      `Function not found: arn:aws:lambda:${REGION}:${ACCOUNT}:function:versioned:9`,
    )
    const list = await cloud.lambda.send(
      new ListVersionsByFunctionCommand({ FunctionName: 'versioned' }),
    )
    expect(list.Versions!.map((it) => it.Version)).toEqual(['$LATEST', '1'])
  })
})

describe('policies', () => {
  it('are added, shown and removed', async () => {
    await create('guarded', 'exports.handler = async () => 1')
    const added = {
      FunctionName: 'guarded',
      StatementId: 'bucket',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::photos',
    }
    await cloud.lambda.send(new AddPermissionCommand(added))
    await expect(cloud.lambda.send(new AddPermissionCommand(added))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    })
    const { Policy } = await cloud.lambda.send(new GetPolicyCommand({ FunctionName: 'guarded' }))
    expect((JSON.parse(Policy!) as { Statement: unknown[] }).Statement).toEqual([
      {
        Sid: 'bucket',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:guarded`,
        Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::photos' } },
      },
    ])
    const named = { FunctionName: 'guarded', StatementId: 'bucket' }
    await cloud.lambda.send(new RemovePermissionCommand(named))
    await expect(
      cloud.lambda.send(new GetPolicyCommand({ FunctionName: 'guarded' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('invocations', () => {
  it('come later as events, and are tried again after errors', async () => {
    await create(
      'later',
      'exports.handler = async (e) => { console.log("try of", e.id); throw new Error("no") }',
    )
    const answer = await cloud.lambda.send(
      new InvokeCommand({
        FunctionName: 'later',
        InvocationType: 'Event',
        Payload: Buffer.from('{"id":7}'),
      }),
    )
    expect(answer.StatusCode).toBe(202)
    const tries = (count: number) =>
      eventually(async () => {
        const { events } = await cloud.logs
          .send(
            new FilterLogEventsCommand({
              logGroupName: '/aws/lambda/later',
              filterPattern: '"try of 7"',
            }),
          )
          .catch(() => ({ events: [] }))
        return events!.length === count && cloud.kernel.jobs
      })
    await tries(1)
    await eventually(async () => waiting(cloud))
    cloud.kernel.clock.advance(61_000)
    await tries(2)
    await eventually(async () => waiting(cloud))
    cloud.kernel.clock.advance(121_000)
    await tries(3)
  })

  it('are refused beyond the reserved concurrency', async () => {
    await create(
      'limited',
      'exports.handler = async () => new Promise((r) => setTimeout(() => r(1), 400))',
    )
    const limit = { FunctionName: 'limited', ReservedConcurrentExecutions: 1 }
    await cloud.lambda.send(new PutFunctionConcurrencyCommand(limit))
    const both = await Promise.allSettled([invoke('limited'), invoke('limited')])
    const refused = both.find((it) => it.status === 'rejected')
    expect(refused?.reason).toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    })
    expect(both.filter((it) => it.status === 'fulfilled').length).toBe(1)
  })

  it('are only asked for with DryRun, and need JSON', async () => {
    await create('asked', 'exports.handler = async () => 1')
    const send = (more: object) =>
      cloud.lambda.send(new InvokeCommand({ FunctionName: 'asked', ...more }))
    expect((await send({ InvocationType: 'DryRun' })).StatusCode).toBe(204)
    await expect(send({ Payload: Buffer.from('{') })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    })
    await expect(send({ Payload: Buffer.alloc(6_291_457, 0x20) })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    })
  })
})

async function waiting({ kernel }: ComputeUnderTest): Promise<boolean> {
  const rows = await kernel.database
    .tables<{ kernel_job: { kind: string; state: string; run_at: number } }>()
    .selectFrom('kernel_job')
    .select(['state', 'run_at'])
    .where('kind', '=', 'cloud-lambda.async')
    .execute()
  return rows.some((row) => row.state === 'waiting' && row.run_at > kernel.clock.now())
}

it('a package may lie in S3', async () => {
  await cloud.aws.s3.createBucket({ Bucket: 'packages' })
  const Body = zip({ 'index.js': 'exports.handler = async () => "from s3"' })
  await cloud.aws.s3.putObject({ Bucket: 'packages', Key: 'app.zip', Body })
  await create('stored', '', { Code: { S3Bucket: 'packages', S3Key: 'app.zip' } })
  expect(await invoke('stored')).toBe('from s3')
  const Code = { S3Bucket: 'packages', S3Key: 'none.zip' }
  await expect(create('absent', '', { Code })).rejects.toThrow(
    /^Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: /,
  )
})

it('a package that would be written outside its folder is refused', async () => {
  const ZipFile = zip({ '../../evil.js': 'x' })
  await expect(create('evil', '', { Code: { ZipFile } })).rejects.toThrow('Could not unzip')
})

it('survives a restart, and leftovers of a killed server are ended', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-restart-'))
  const leftover = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  const ended = new Promise((resolve) => leftover.once('exit', (_code, signal) => resolve(signal)))
  try {
    const first = await startCompute({ home })
    const code = 'exports.handler = async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME'
    await create('kept', code, {}, first)
    const stream = await invoke('kept', undefined, first)
    // Inside a sandbox it has another process id than the mark, which is the machine's.
    const marks = join(home, 'lambda', 'processes')
    const [pid] = (await readdir(marks)).map(Number)
    expect(startOf(pid!)).toBeDefined()
    await first.stop()
    expect(startOf(pid!)).toBeUndefined()
    expect(await readdir(marks)).toEqual([])
    await writeFile(join(marks, String(leftover.pid)), startOf(leftover.pid!)!)
    const second = await startCompute({ home })
    expect(await ended).toBe('SIGKILL')
    expect(await invoke('kept', undefined, second)).not.toBe(stream)
    await fetch(`${second.url}/_madang/reset`, { method: 'POST' })
    const { Functions } = await second.lambda.send(new ListFunctionsCommand({}))
    expect(Functions).toEqual([])
    await expect(
      second.lambda.send(new GetFunctionCommand({ FunctionName: 'kept' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await second.stop()
  } finally {
    leftover.kill('SIGKILL')
    await rm(home, { recursive: true, force: true })
  }
})
