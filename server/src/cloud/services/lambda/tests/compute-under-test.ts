import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { zipSync } from 'fflate'
import type { Config } from '../../../../kernel/index.ts'
import type { Aws, Principal } from '../../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'ap-northeast-2'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/functions`

export interface ComputeUnderTest extends CloudUnderTest {
  lambda: LambdaClient
  logs: CloudWatchLogsClient
  cloudwatch: CloudWatchClient
  /** Calls in process, as the account's root. */
  aws: Aws
}

/** A cloud with a role that functions may take. */
export async function startCompute(values: Partial<Config> = {}): Promise<ComputeUnderTest> {
  const cloud = await startCloud({ allowReset: true, ...values })
  const aws = cloud.cloud.aws({ principal: root, region: REGION })
  await makeRole(aws)
  const lambda = new LambdaClient(cloud.config())
  const logs = new CloudWatchLogsClient(cloud.config())
  const cloudwatch = new CloudWatchClient(cloud.config())
  return {
    ...cloud,
    aws,
    lambda,
    logs,
    cloudwatch,
    async stop() {
      for (const client of [lambda, logs, cloudwatch]) client.destroy()
      await cloud.stop()
    },
  }
}

const root: Principal = {
  kind: 'root',
  account: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
}

async function makeRole({ iam }: Aws): Promise<void> {
  const { Roles } = await iam.listRoles({})
  if (Roles?.some(({ RoleName }) => RoleName === 'functions')) return
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
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
  withinMs = 60_000,
): Promise<T> {
  const untilMs = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > untilMs) throw new Error(`nothing within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
