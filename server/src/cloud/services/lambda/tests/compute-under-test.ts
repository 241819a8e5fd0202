import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { zipSync } from 'fflate'
import { configFor, createKernel, type Kernel } from '../../../../kernel/index.ts'
import type { ServiceDeps } from '../../../deps.ts'
import { createGateway, type Gateway, listen, type Principal } from '../../../gateway/index.ts'
import { createCloudWatch } from '../../cloudwatch/index.ts'
import { createAuthority, createIam } from '../../iam/index.ts'
import { createLogs } from '../../logs/index.ts'
import { createSts } from '../../sts/index.ts'
import { createLambda } from '../index.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'ap-northeast-2'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/functions`

export interface ComputeUnderTest {
  kernel: Kernel
  gateway: Gateway
  url: string
  home: string
  lambda: LambdaClient
  logs: CloudWatchLogsClient
  cloudwatch: CloudWatchClient
  reset(): Promise<void>
  stop(): Promise<void>
}

/** Lambda, Logs, CloudWatch, IAM and STS on a free port, with a role that functions may take. */
export async function startCompute(given: { home?: string } = {}): Promise<ComputeUnderTest> {
  const home = given.home ?? (await mkdtemp(join(tmpdir(), 'madang-compute-')))
  const kernel = await createKernel(configFor({ home }))
  const authority = await createAuthority(kernel)
  const place = { url: '' }
  const resets: (() => Promise<void>)[] = []
  const gate: { way?: Gateway } = {}
  const deps: ServiceDeps = {
    kernel,
    as: (caller) => gate.way!.aws({ originUrl: place.url, ...caller }),
    sessions: authority.sessions,
    settings: {
      region: REGION,
      defaultAccount: ACCOUNT,
      realistic: false,
      originUrl: () => place.url,
    },
    onReset: (empty) => void resets.push(empty),
  }
  const services = [
    await createIam(deps, authority),
    await createSts(deps, authority),
    await createLogs(deps),
    await createCloudWatch(deps),
    await createLambda(deps),
  ]
  const gateway = createGateway({
    services,
    ports: {
      credential: authority.credential,
      authorise: authority.authorise,
      now: kernel.clock.now,
      requestId: () => crypto.randomUUID(),
      failed: (error) => kernel.log.error('test.failed', { error }),
    },
    config: { mode: 'open', defaultAccount: ACCOUNT, defaultRegion: REGION },
  })
  gate.way = gateway
  const listener = await listen({ handle: gateway.handle })
  place.url = `http://127.0.0.1:${listener.port}`
  await kernel.start()
  if (!given.home) await makeRole(gateway)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = { endpoint: place.url, region: REGION, credentials, maxAttempts: 1 }
  return {
    kernel,
    gateway,
    url: place.url,
    home,
    lambda: new LambdaClient(client),
    logs: new CloudWatchLogsClient(client),
    cloudwatch: new CloudWatchClient(client),
    async reset() {
      for (const empty of resets.toReversed()) await empty()
    },
    async stop() {
      await listener.close(100)
      await kernel.stop()
      if (!given.home) await rm(home, { recursive: true, force: true })
    },
  }
}

export const root: Principal = {
  kind: 'root',
  account: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
}

async function makeRole(gateway: Gateway): Promise<void> {
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
  const { iam } = gateway.aws({ principal: root, region: REGION })
  await iam.createRole({
    RoleName: 'functions',
    AssumeRolePolicyDocument: statement({
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
  })
  await iam.putRolePolicy({
    RoleName: 'functions',
    PolicyName: 'logs',
    PolicyDocument: statement({ Action: 'logs:*', Resource: '*' }),
  })
}

/** A deployment package of these files. */
export function zip(files: Record<string, string>): Uint8Array {
  const bytes = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)] as const)
  return zipSync(
    Object.fromEntries(
      bytes.map(([name, body]) => [name, [body, { os: 3, attrs: 0o755 << 16 }] as const]),
    ) as never,
  )
}

/** Asks again until it answers something, or fails after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T | undefined | false>,
  withinMs = 8000,
): Promise<T> {
  const untilMs = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > untilMs) throw new Error(`nothing within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
