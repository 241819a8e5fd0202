import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { IAMClient } from '@aws-sdk/client-iam'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { type Config, configFor, createKernel, type Kernel } from '../../../../kernel/index.ts'
import type { ServiceDeps } from '../../../deps.ts'
import {
  type Aws,
  type Caller,
  createGateway,
  type Gateway,
  listen,
  service,
  type Service,
} from '../../../gateway/index.ts'
import { createAuthority, createIam } from '../../iam/index.ts'
import { createCloudWatch } from '../../cloudwatch/index.ts'
import { createLogs } from '../../logs/index.ts'
import { createSts } from '../../sts/index.ts'
import { createCloudFormation } from '../index.ts'

export interface StacksUnderTest {
  kernel: Kernel
  home: string
  cfn: CloudFormationClient
  iam: IAMClient
  logs: CloudWatchLogsClient
  /** What custom resources asked the function `answerer`. */
  asked: CustomRequest[]
  as(caller: Caller): Aws
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

/** CloudFormation with the real IAM, Logs and CloudWatch behind the real gateway on a free port. */
export async function startStacks(
  given: { home?: string; config?: Partial<Config> } = {},
): Promise<StacksUnderTest> {
  const home = given.home ?? (await mkdtemp(join(tmpdir(), 'madang-cfn-')))
  const kernel = await createKernel(configFor({ ...given.config, home, logLevel: 'error' }))
  const authority = await createAuthority(kernel)
  const place = { url: '' }
  const gate: { way?: Gateway } = {}
  const as = (caller: Caller) => gate.way!.aws({ originUrl: place.url, ...caller })
  const deps: ServiceDeps = {
    kernel,
    as,
    sessions: authority.sessions,
    settings: {
      region: 'us-east-1',
      defaultAccount: '000000000000',
      realistic: false,
      originUrl: () => place.url,
    },
    onReset: () => undefined,
  }
  const asked: CustomRequest[] = []
  const services = [
    await createIam(deps, authority),
    await createSts(deps, authority),
    await createLogs(deps),
    await createCloudWatch(deps),
    await createCloudFormation(deps),
    answerer(asked),
  ]
  gate.way = createGateway({
    services,
    ports: {
      credential: authority.credential,
      authorise: authority.authorise,
      now: kernel.clock.now,
      requestId: () => crypto.randomUUID(),
      failed: (error) => kernel.log.error('cloud.failed', { error }),
    },
    config: { mode: 'open' },
  })
  const listener = await listen({ handle: gate.way.handle, host: '127.0.0.1', port: 0 })
  place.url = `http://127.0.0.1:${listener.port}`
  await kernel.start()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const config = { endpoint: place.url, region: 'us-east-1', credentials, maxAttempts: 1 }
  const cfn = new CloudFormationClient(config)
  return {
    kernel,
    home,
    cfn,
    asked,
    as,
    iam: new IAMClient(config),
    logs: new CloudWatchLogsClient(config),
    settled: (name) => settledStack(cfn, name),
    async stop() {
      await listener.close()
      await kernel.stop()
    },
  }
}

/** Names whose failing resource has been mended meanwhile. */
export const calm = new Set<string>()

/** A Lambda that only knows Invoke: the function behind custom resources in these tests. */
function answerer(asked: CustomRequest[]): Service {
  const invoke = async ({ Payload }: { Payload?: Uint8Array }) => {
    const request = JSON.parse(Buffer.from(Payload ?? []).toString()) as CustomRequest
    asked.push(request)
    // The process that is going to be killed never answers.
    const isSilent = request.ResourceProperties['Silent'] === request.RequestType
    if (process.env['STACKS_SILENT'] || isSilent) return { StatusCode: 202 }
    const isFailing =
      request.ResourceProperties['Fail'] === request.RequestType &&
      !calm.has(request.ResourceProperties['Name'] ?? '')
    const answer = {
      Status: isFailing ? 'FAILED' : 'SUCCESS',
      Reason: 'as it was asked to',
      PhysicalResourceId: `made-${request.ResourceProperties['Name']}`,
      Data: { Greeting: `hello ${request.ResourceProperties['Name']}` },
    }
    setImmediate(() => {
      fetch(request.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) }).catch(
        (error: unknown) => process.stderr.write(`answer: ${String(error)}\n`),
      )
    })
    return { StatusCode: 202 }
  }
  return service({ id: 'lambda', operations: { Invoke: invoke as never } })
}

async function settledStack(cfn: CloudFormationClient, name: string) {
  for (const end = Date.now() + 10_000; ;) {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: name }))
    const stack = Stacks![0]!
    if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack
    if (Date.now() > end) throw new Error(`${name} stays in ${stack.StackStatus}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
