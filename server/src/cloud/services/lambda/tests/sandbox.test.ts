import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ComputeUnderTest, ROLE, startCompute, zip } from './compute-under-test.ts'

const works = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-user', 'true']).status === 0
const mostMs = 30_000

async function create(
  { lambda }: ComputeUnderTest,
  name: string,
  files: Record<string, string>,
  more: Partial<CreateFunctionCommandInput> = {},
) {
  await lambda.send(
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
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName: name },
  )
}

async function run({ lambda }: ComputeUnderTest, name: string, payload: unknown = {}) {
  const Payload = Buffer.from(JSON.stringify(payload))
  const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Payload }))
  return JSON.parse(Buffer.from(answer.Payload!).toString()) as Record<string, unknown>
}

describe.skipIf(!works)('a function in bubblewrap', () => {
  let cloud: ComputeUnderTest
  beforeAll(async () => {
    cloud = await startCompute({ lambdaEngine: 'bubblewrap' })
    await create(
      cloud,
      'look',
      {
        'index.js': `const fs = require('fs'), os = require('os')
        const may = (work) => {
          try { return work() ?? 'done' } catch (error) { return error.code }
        }
        exports.handler = async ({ home }) => ({
          root: process.env.LAMBDA_TASK_ROOT, file: __filename, cwd: process.cwd(),
          node: process.execPath,
          user: os.userInfo().username, data: may(() => fs.readdirSync(home)),
          code: may(() => fs.writeFileSync(__dirname + '/x', '')),
          usr: may(() => fs.writeFileSync('/usr/x', '')),
          anywhere: may(() => fs.writeFileSync('/x', '')),
          shadow: may(() => fs.readFileSync('/etc/shadow')),
          tmp: may(() => fs.writeFileSync('/tmp/x', 'y')),
          full: may(() => fs.writeFileSync('/tmp/big', Buffer.alloc(513 << 20))),
          memory: may(() => fs.writeFileSync('/dev/shm/x', 'y')),
          others: fs.readdirSync('/proc').filter((it) => it > '0' && it < ':').length,
          env: Object.keys(process.env).sort(), tz: process.env.TZ,
          at: new Error('x').stack.split('\\n')[1] })`,
      },
      { Timeout: 25 },
    )
  }, mostMs)
  afterAll(() => cloud.stop())

  it('sees what it sees at AWS, and nothing of the server', async () => {
    const seen = await run(cloud, 'look', { home: cloud.kernel.config.home })
    expect(seen).toMatchObject({
      root: '/var/task',
      file: '/var/task/index.js',
      cwd: '/var/task',
      node: '/var/lang/bin/node',
      user: 'sbx_user1051',
      data: 'ENOENT',
      code: 'EROFS',
      usr: 'EROFS',
      anywhere: 'EROFS',
      shadow: 'ENOENT',
      tmp: 'done',
      memory: 'EROFS',
      tz: ':UTC',
    })
    expect(seen['full']).toBe('ENOSPC')
    expect(Number(seen['others'])).toBeLessThan(4)
    expect(seen['at']).toMatch(/at exports\.handler \(\/var\/task\/index\.js:/)
    expect(seen['env']).toEqual(environment)
  })

  it('has its layers laid over each other in /opt', async () => {
    const layer = async (files: Record<string, string>) => {
      const Content = { ZipFile: zip(files) }
      const LayerName = `l${Object.keys(files).length}`
      const made = await cloud.lambda.send(new PublishLayerVersionCommand({ LayerName, Content }))
      return made.LayerVersionArn!
    }
    const below = await layer({ 'nodejs/node_modules/a.js': 'exports.from = "below"' })
    const above = await layer({
      'nodejs/node_modules/a.js': 'exports.from = "above"',
      'data/words.txt': 'hello',
    })
    const code = `exports.handler = async () => ({
      from: require('a').from,
      words: require('fs').readFileSync('/opt/data/words.txt', 'utf8'),
    })`
    await create(cloud, 'layered', { 'index.js': code }, { Layers: [below, above] })
    expect(await run(cloud, 'layered')).toEqual({ from: 'above', words: 'hello' })
  })

  it('is killed for its memory as at AWS, with all it started', async () => {
    const hog = `const { spawn } = require('child_process')
      const hog = 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))'
      exports.handler = async () => {
        spawn(process.execPath, ['-e', hog])
        await new Promise(() => setInterval(() => {}, 10))
      }`
    await create(cloud, 'hog', { 'index.js': hog }, { Timeout: 20 })
    const { errorType, errorMessage } = await run(cloud, 'hog')
    expect(errorType).toBe('Runtime.ExitError')
    expect(errorMessage).toMatch(
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed$/,
    )
  })

  it('says how it ended', async () => {
    const ends = (code: string) => ({ 'index.js': `exports.handler = async () => { ${code} }` })
    await create(cloud, 'exits', ends('process.exit(7)'))
    await create(cloud, 'aborts', ends('process.abort()'))
    expect((await run(cloud, 'exits'))['errorMessage']).toMatch(/error: exit status 7$/)
    expect((await run(cloud, 'aborts'))['errorMessage']).toMatch(/error: signal: aborted$/)
  })

  it('runs Python and a bootstrap', async () => {
    const python = `import os, sys
def handler(event, context):
    wrote = open("/tmp/x", "w").write("y")
    return {"file": __file__, "user": os.getuid(), "wrote": wrote}`
    await create(cloud, 'snake', { 'index.py': python }, { Runtime: 'python3.11' })
    const file = '/var/task/index.py'
    expect(await run(cloud, 'snake')).toEqual({ file, user: 993, wrote: 1 })
    await create(cloud, 'bare', { readme: '' }, { Runtime: 'provided.al2023' })
    expect(await run(cloud, 'bare')).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringMatching(
        /Error: Couldn't find valid bootstrap\(s\): \[\/var\/task\/bootstrap \/opt\/bootstrap\]$/,
      ) as string,
    })
  })
})

describe('a server told how functions run', () => {
  it('runs them as plain processes on request', async () => {
    const cloud = await startCompute({ lambdaEngine: 'process' })
    const secret = join(cloud.kernel.config.home, 'outside')
    mkdirSync(secret)
    writeFileSync(join(secret, 'file'), 'seen')
    await create(cloud, 'plain', {
      'index.js': `exports.handler = async ({ file }) => ({
        text: require('fs').readFileSync(file, 'utf8'),
      })`,
    })
    const file = join(secret, 'file')
    expect(existsSync(file)).toBe(true)
    expect(await run(cloud, 'plain', { file })).toEqual({ text: 'seen' })
    await cloud.stop()
  })
})

/** "Defined runtime environment variables" of the Lambda guide, and where this cloud is. */
const environment = [
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  'LANG',
  'LD_LIBRARY_PATH',
  'NODE_PATH',
  'PATH',
  'PWD',
  'SHLVL',
  'TZ',
  '_AWS_XRAY_DAEMON_ADDRESS',
  '_AWS_XRAY_DAEMON_PORT',
  '_HANDLER',
  '_LAMBDA_TELEMETRY_LOG_FD',
  '_X_AMZN_TRACE_ID',
]
