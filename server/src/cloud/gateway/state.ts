import type { GatewayConfig, GatewayPorts } from './ports.ts'
import { Router } from './protocols/index.ts'
import { loadSchema, type ServiceSchema } from './schema.ts'
import type { Aws } from './sdk-types.ts'
import type { Caller, RawRoute, Service } from './service.ts'

/** What one gateway holds for all its requests. */
export interface GatewayState {
  services: Map<string, Service>
  routes: RawRoute[]
  ports: GatewayPorts
  config: Required<GatewayConfig>
  awsFor(caller: Caller): Aws
}

const defaults: Required<GatewayConfig> = {
  mode: 'strict',
  defaultAccount: '000000000000',
  defaultRegion: 'us-east-1',
  hostnames: ['localhost', '127.0.0.1', '[::1]'],
}

export function gatewayState(
  services: Service[],
  ports: GatewayPorts,
  config: GatewayConfig,
  awsFor: (caller: Caller) => Aws,
): GatewayState {
  for (const service of services) checkOperations(service)
  return {
    services: new Map(services.map((service) => [service.id, service])),
    routes: services.flatMap((service) => service.routes),
    ports,
    config: { ...defaults, ...config },
    awsFor,
  }
}

/** An operation AWS doesn't have is a slip of the pen: found at start, not by a client. */
function checkOperations(service: Service): void {
  const schema = loadSchema(service.schema)
  const unknown = Object.keys(service.operations).find((name) => !schema.operation(name))
  if (unknown) throw new Error(`${service.id} has no operation named ${unknown}`)
}

const routers = new WeakMap<ServiceSchema, Router>()

export function routerOf(schema: ServiceSchema): Router {
  let router = routers.get(schema)
  if (!router) {
    router = new Router(schema)
    routers.set(schema, router)
  }
  return router
}
