import type { ServiceDeps } from '../../deps.ts'
import type { RequestContext } from '../../gateway/index.ts'
import type { PutBusEvent } from './change-event.ts'
import { type Parameter, select } from './model.ts'
import { notFound } from './refusals.ts'
import type { SsmStore } from './store.ts'

/** What operations are made of. */
export interface SsmParts {
  deps: ServiceDeps
  store: SsmStore
  /** Takes events for the default bus. */
  put: PutBusEvent
}

/** The parameter that a name, an ARN or either with a selector means. */
export function lookUp({ store }: SsmParts, text: string, ctx: RequestContext) {
  const { place, name, selector, isOneLevel } = select(text, ctx)
  const parameter =
    store.find(place, name) ?? (isOneLevel ? store.find(place, name.slice(1)) : undefined)
  return { parameter, selector }
}

/** The caller's own, by its name. Throws ParameterNotFound. */
export function ownParameter({ store }: SsmParts, name: string, ctx: RequestContext): Parameter {
  const parameter = store.find(ctx, name)
  if (!parameter) throw notFound()
  return parameter
}
