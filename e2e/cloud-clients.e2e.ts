// Every service of the cloud by the clients people have: the AWS CLI, boto3 and the SDK v3. The same server
// serves all three; names don't clash.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { sdkStories } from './clients/sdk-story.ts'
import { awsConfig } from './kit/aws.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const STORY_MS = 300_000
const run = promisify(execFile)
const folder = join(import.meta.dirname, 'clients')
const services = Object.keys(sdkStories) as (keyof typeof sdkStories)[]
let server: ServerProcess
/** The two versions of the CLI tell the same story under the same names. */
let secondServer: ServerProcess
const warmClis: ChildProcess[] = []

beforeAll(async () => {
  server = await startServer()
  secondServer = await startServer()
})

afterAll(async () => {
  for (const cli of warmClis) cli.kill()
  for (const one of [server, secondServer]) {
    await one?.stop()
    one?.removeHome()
  }
})

/** Runs a story to its end; what it says when it fails is the failure's text. */
async function tell(
  program: string,
  script: string,
  service: string,
  more: Record<string, string> = {},
): Promise<void> {
  const { AWS_PROFILE: _profile, ...rest } = process.env
  const env = {
    ...rest,
    AWS_ENDPOINT_URL: server.cloudUrl,
    AWS_DEFAULT_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...more,
  }
  await run(program, [join(folder, script), service], { env, timeout: STORY_MS })
}

const answers = (program: string, args: string[]) => spawnSync(program, args).status === 0
const versionOf = (cli: string) =>
  /aws-cli\/(\d)/.exec(spawnSync(cli, ['--version']).stdout + '')?.[1]
// Debian's package is version 2, pip's is version 1; a machine may have both.
const clis = ['aws', '/usr/bin/aws', '/usr/local/bin/aws']
const cliOf = (version: string) => {
  const cli = clis.find((each) => versionOf(each) === version)
  // pyenv's shim in front of a program takes as long as the program, and there are a hundred calls.
  return cli && (spawnSync('pyenv', ['which', cli]).stdout?.toString().trim() || cli)
}
const firstCli = cliOf('1')
const secondCli = cliOf('2')
const hasBoto3 = answers('python3', ['-c', 'import boto3'])
const absent = (what: string, has: boolean) =>
  has ? '' : ` (skipped: ${what} is not on this machine)`

describe('SDK v3', () => {
  test.each(services)('%s', { timeout: STORY_MS }, async (service) => {
    await sdkStories[service](awsConfig(server.cloudUrl))
  })
})

// Beside each other: most of their time is waiters between two looks.
describe.concurrent(`boto3${absent('boto3', hasBoto3)}`, () => {
  test.skipIf(!hasBoto3).each(services)('%s', { timeout: STORY_MS }, (service) =>
    tell('python3', 'boto3-story.py', service),
  )
})

/** The Python that a CLI's program names in its first line; undefined where the program is no script. */
const pythonOf = (cli: string) =>
  /^#!(\S*python\S*)\n/.exec(readFileSync(cli).subarray(0, 200).toString('latin1'))?.[1]

/** How the story is to call this CLI: by aws-cli-warm.py where it is a Python program. */
async function callsOf(cli: string): Promise<Record<string, string>> {
  const python = pythonOf(cli)
  if (!python) return { AWS_CLI: cli }
  const script = join(folder, 'aws-cli-warm.py')
  const child = spawn(python, [script, cli], { stdio: ['ignore', 'pipe', 'inherit'] })
  warmClis.push(child)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`aws-cli-warm.py ended with ${code}`)
  })
  const [port] = await Promise.race([once(child.stdout, 'data'), ended])
  return { AWS_CLI_PORT: String(port).trim() }
}

describe.concurrent(`AWS CLI 1${absent('it', firstCli !== undefined)}`, () => {
  let calls: Record<string, string>
  beforeAll(async () => {
    if (firstCli) calls = await callsOf(firstCli)
  })
  test.skipIf(!firstCli).each(services)('%s', { timeout: STORY_MS }, (service) =>
    tell('bash', 'aws-cli.sh', service, calls),
  )
})

describe.concurrent(`AWS CLI 2${absent('it', secondCli !== undefined)}`, () => {
  let calls: Record<string, string>
  beforeAll(async () => {
    if (secondCli) calls = await callsOf(secondCli)
  })
  test.skipIf(!secondCli).each(services)('%s', { timeout: STORY_MS }, (service) =>
    tell('bash', 'aws-cli.sh', service, { ...calls, AWS_ENDPOINT_URL: secondServer.cloudUrl }),
  )
})
