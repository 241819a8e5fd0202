import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { archiveOperations, startSweep } from './archives.ts'
import { eventsAccess, eventsRequests } from './authorise.ts'
import { busAnswers, busOperations } from './buses.ts'
import { connectionOperations } from './connections.ts'
import { startDelivery } from './delivery.ts'
import { destinationOperations } from './destinations.ts'
import { checkInput } from './input-rules.ts'
import { eventsMigrations } from './migrations.ts'
import { type BusEvent, DEFAULT_BUS } from './model.ts'
import type { EventsParts } from './parts.ts'
import { permissionOperations } from './permissions.ts'
import { putOperations } from './put-events.ts'
import { replayOperations } from './replays.ts'
import { Router } from './routing.ts'
import { ruleOperations } from './rules.ts'
import { Schedules } from './schedules.ts'
import { EventsStore } from './store.ts'
import { tagOperations } from './tags.ts'
import { targetOperations } from './targets.ts'

export interface Events {
  service: Service
  /** An event of one of this cloud's services, for the default bus of its account and region. */
  put(event: BusEvent): Promise<void>
}

/** EventBridge. */
export async function createEvents(deps: ServiceDeps): Promise<Events> {
  const { database } = deps.kernel
  await database.migrate('cloud-events', eventsMigrations)
  const store = new EventsStore(database)
  await store.load()
  deps.onReset(() => store.empty())
  const parts: EventsParts = { deps, store }
  const router = new Router(parts)
  startDelivery(parts, router)
  const schedules = new Schedules(parts, router)
  await startSweep(parts)
  const events = service({
    id: 'events',
    access: eventsAccess,
    authorise: (operation, input, ctx) => {
      // EventBridge looks at the form of a request before it asks who may make it.
      checkInput(operation, input)
      return eventsRequests(parts, operation, input, ctx)
    },
    // Done by then.
    validate: () => undefined,
    operations: {
      ...busOperations(parts),
      ...busAnswers(parts),
      ...permissionOperations(parts),
      ...ruleOperations(parts, schedules),
      ...targetOperations(parts),
      ...putOperations(parts, router),
      ...archiveOperations(parts),
      ...replayOperations(parts, router),
      ...tagOperations(parts),
      ...connectionOperations(parts),
      ...destinationOperations(parts),
    },
  })
  return {
    service: events,
    put: async (event) => {
      const bus = store.bus(event, DEFAULT_BUS)!
      const passing = { hops: 0, now: deps.kernel.clock.now() }
      await database.write((tx) => router.publish(tx, bus, event, passing))
    },
  }
}
