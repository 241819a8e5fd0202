import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient } from '@aws-sdk/client-iam'
import { zipSync } from 'fflate'
import type { Config, Kernel } from '../../../../kernel/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { settledStack } from './asking.ts'

export interface StacksUnderTest {
  kernel: Kernel
  cfn: CloudFormationClient
  iam: IAMClient
  logs: CloudWatchLogsClient
  /** What custom resources asked the function `answerer`. */
  asked: CustomRequest[]
  /** Resolves with the stack once nothing moves any more. */
  settled(name: string): ReturnType<typeof settledStack>
  stop(): Promise<void>
}

export interface CustomRequest {
  RequestType: string
  ResponseURL: string
  RequestId: string
  ResourceProperties: Record<string, string>
}

/** The whole cloud on a free port, with a function behind custom resources that asks this process. */
export async function startStacks(
  given: { home?: string; config?: Partial<Config> } = {},
): Promise<StacksUnderTest> {
  const home = given.home ?? (await mkdtemp(join(tmpdir(), 'madang-cfn-')))
  const asked: CustomRequest[] = []
  const decider = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    response.end()
    await answer(asked, JSON.parse(body) as CustomRequest)
  })
  decider.listen(0, '127.0.0.1')
  await once(decider, 'listening')
  const { port } = decider.address() as { port: number }
  // Another process has another port: the function reads it each time it is asked.
  const place = join(home, 'decider')
  await writeFile(place, `http://127.0.0.1:${port}/`)
  const cloud = await startCloud({
    ...given.config,
    home,
    // The function behind custom resources reads this process's address, which a sandbox hides.
    lambdaEngine: 'process',
    cloudRegion: 'us-east-1',
    logLevel: 'error',
  })
  await makeAnswerer(cloud, place)
  const cfn = new CloudFormationClient(cloud.config())
  return {
    kernel: cloud.kernel,
    cfn,
    asked,
    iam: new IAMClient(cloud.config()),
    logs: new CloudWatchLogsClient(cloud.config()),
    settled: (name) => settledStack(cfn, name),
    async stop() {
      decider.closeAllConnections()
      decider.close()
      await cloud.stop()
    },
  }
}

/** Names whose failing resource has been mended meanwhile. */
export const calm = new Set<string>()

async function answer(asked: CustomRequest[], request: CustomRequest): Promise<void> {
  asked.push(request)
  const { Name = '', Fail, Silent } = request.ResourceProperties
  // The process that is going to be killed never answers.
  if (process.env['STACKS_SILENT'] || Silent === request.RequestType) return
  const isFailing = Fail === request.RequestType && !calm.has(Name)
  const body = JSON.stringify({
    Status: isFailing ? 'FAILED' : 'SUCCESS',
    Reason: 'as it was asked to',
    PhysicalResourceId: `made-${Name}`,
    Data: { Greeting: `hello ${Name}` },
  })
  // What the killed process had asked for is asked again by Lambda too, with an address that is gone.
  await fetch(request.ResponseURL, { method: 'PUT', body }).catch((error: unknown) => {
    process.stderr.write(`${request.RequestType}: ${String(error)}\n`)
  })
}

const source = `
import { readFileSync } from 'node:fs'
export const handler = async (event) => {
  const place = readFileSync(process.env.PLACE, 'utf8')
  await fetch(place, { method: 'POST', body: JSON.stringify(event) })
}`

async function makeAnswerer({ cloud }: CloudUnderTest, place: string): Promise<void> {
  const { account, region } = cloud
  const arn = `arn:aws:iam::${account}:root`
  const aws = cloud.aws({ region, principal: { kind: 'root', account, arn, userId: account } })
  const { Functions = [] } = await aws.lambda.listFunctions({})
  if (Functions.some(({ FunctionName }) => FunctionName === 'answerer')) return
  const { Role } = await aws.iam.createRole({
    RoleName: 'answerer',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    }),
  })
  await aws.lambda.createFunction({
    FunctionName: 'answerer',
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role!.Arn,
    Timeout: 10,
    Environment: { Variables: { PLACE: place } },
    Code: { ZipFile: zipSync({ 'index.mjs': new TextEncoder().encode(source) }) },
  })
}
