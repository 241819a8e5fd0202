import type { GatewayConfig, GatewayPorts } from './ports.ts'
import { Router } from './protocols/index.ts'
import type { ServiceSchema } from './schema.ts'
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
  isPageHeard: () => true,
}

export function gatewayState(
  services: Service[],
  ports: GatewayPorts,
  config: GatewayConfig,
  awsFor: (caller: Caller) => Aws,
): GatewayState {
  return {
    services: new Map(services.map((service) => [service.id, service])),
    routes: services.flatMap((service) => service.routes),
    ports,
    config: { ...defaults, ...config },
    awsFor,
  }
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
