import { randomUUID } from 'node:crypto'
import {
  createGateway,
  listen,
  type CallFact,
  type Gateway,
  type GatewayConfig,
  type GatewayPorts,
  type Listener,
  type RawRoute,
  type Service,
} from '../index.ts'

export const credentials = { accessKeyId: 'AKIATESTER', secretAccessKey: 'a secret' }

export interface UnderTest {
  gateway: Gateway
  endpoint: string
  facts: CallFact[]
  /** What the `failed` port was told: bugs. Tests end by expecting none. */
  bugs: unknown[]
  close(): Promise<void>
}

export interface UnderTestOptions {
  services: Service[]
  config?: GatewayConfig
  ports?: Partial<GatewayPorts>
  routes?: RawRoute[]
}

/** A gateway on a free port that knows one user and allows everything. */
export async function startGateway(options: UnderTestOptions): Promise<UnderTest> {
  const facts: CallFact[] = []
  const bugs: unknown[] = []
  const principal = {
    kind: 'user' as const,
    account: '111111111111',
    arn: 'arn:aws:iam::111111111111:user/tester',
    userId: 'AIDATESTER',
  }
  const ports: GatewayPorts = {
    credential: (id) =>
      id === credentials.accessKeyId
        ? { secretAccessKey: credentials.secretAccessKey, principal }
        : undefined,
    authorise: () => ({ allowed: true }),
    record: (fact) => facts.push(fact),
    failed: (error) => bugs.push(error),
    now: Date.now,
    requestId: randomUUID,
    ...options.ports,
  }
  const { services, config, routes } = options
  const gateway = createGateway({ services, ports, config, routes })
  const listener: Listener = await listen({
    handle: gateway.handle,
    failed: (error) => bugs.push(error),
  })
  return {
    gateway,
    endpoint: `http://127.0.0.1:${listener.port}`,
    facts,
    bugs,
    close: () => listener.close(500),
  }
}
