import { randomUUID } from 'node:crypto'
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { EventBridge, Operations, RequestContext } from '../../gateway/index.ts'
import { matchesPattern, PatternFault } from '../../patterns/index.ts'
import { type Bus, type BusEvent, busNameOf, wholeSecond } from './model.ts'
import { checkPattern, type EventsParts, placeOf } from './parts.ts'
import { invalid } from './refusals.ts'
import type { Router } from './routing.ts'

const MOST_ENTRIES = 10
const MOST_BYTES = 1_048_576

interface Refused {
  ErrorCode: string
  ErrorMessage: string
}

export const putOperations = (parts: EventsParts, router: Router) =>
  ({
    async PutEvents(input, ctx) {
      const entries = input.Entries ?? []
      checkEntries(entries)
      const drafts = entries.map((entry) => draftOf(parts, entry, ctx))
      const routed = drafts.filter((one) => 'event' in one)
      await parts.deps.kernel.database.write(async (tx) => {
        for (const { bus, event } of routed) {
          if (bus) await router.publish(tx, bus, event, { hops: 0, now: ctx.now })
        }
      })
      const Entries = drafts.map((one) => ('event' in one ? { EventId: one.event.id } : one))
      return { FailedEntryCount: drafts.length - routed.length, Entries }
    },

    TestEventPattern(input) {
      checkPattern(parts, input.EventPattern!)
      let event: unknown
      try {
        event = JSON.parse(input.Event!)
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof PatternFault)) throw error
        throw invalid('Parameter Event is not valid.')
      }
      if (typeof event !== 'object') throw invalid('Parameter Event is not valid.')
      return { Result: matchesPattern(parts.store.pattern(input.EventPattern!), event) }
    },
  }) satisfies Operations<EventBridge>

/** What the front end says of too long a list: Java's own form of the entries. */
function checkEntries(entries: PutEventsRequestEntry[]): void {
  if (entries.length > MOST_ENTRIES) {
    const told = entries.map(javaForm).join(', ')
    throw invalid(
      `1 validation error detected: Value '[${told}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ENTRIES}`,
    )
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MOST_BYTES) {
    throw invalid('Total size of the entries in the request is over the limit.')
  }
}

function javaForm(entry: PutEventsRequestEntry): string {
  const members = {
    time: entry.Time?.toISOString(),
    source: entry.Source,
    resources: entry.Resources && `[${entry.Resources.join(', ')}]`,
    detailType: entry.DetailType,
    detail: entry.Detail,
    eventBusName: entry.EventBusName,
    traceHeader: entry.TraceHeader,
    kmsKeyIdentifier: undefined,
    internalMetadata: undefined,
  }
  const told = Object.entries(members).map(([name, value]) => `${name}=${value ?? 'null'}`)
  return `PutEventsRequestEntry(${told.join(', ')})`
}

/** How EventBridge counts an entry (user guide, "event entry size"). */
function sizeOf(entry: PutEventsRequestEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])]
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0)
  return bytes + (entry.Time ? 14 : 0)
}

/** A bus that isn't there takes an event as any other, and nothing comes of it (as observed). */
function draftOf(
  { store }: EventsParts,
  entry: PutEventsRequestEntry,
  ctx: RequestContext,
): Refused | { event: BusEvent; bus: Bus | undefined } {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[name]) continue
    const reason = `${name} is a required argument.`
    return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${reason}`)
  }
  if (entry.Source!.startsWith('aws.') && ctx.principal.kind !== 'service') {
    return refused('NotAuthorizedForSource', 'Not authorized for the source.')
  }
  const detail = objectOf(entry.Detail!)
  if (!detail) return refused('MalformedDetail', 'Detail is malformed.')
  const place = placeOf(entry.EventBusName, ctx)
  const event: BusEvent = {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.DetailType!,
    source: entry.Source!,
    account: ctx.account,
    time: wholeSecond(entry.Time?.getTime() ?? ctx.now),
    region: ctx.region,
    resources: entry.Resources ?? [],
    detail,
  }
  return { event, bus: store.bus(place, busNameOf(entry.EventBusName)) }
}

const refused = (ErrorCode: string, ErrorMessage: string): Refused => ({ ErrorCode, ErrorMessage })

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
