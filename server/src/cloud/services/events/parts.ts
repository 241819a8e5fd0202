import type { ServiceDeps } from '../../deps.ts'
import type { RequestContext } from '../../gateway/index.ts'
import { PatternFault } from '../../patterns/index.ts'
import { type Bus, busNameOf, type Place, type Rule } from './model.ts'
import { badPattern, invalid, noBus, noRule } from './refusals.ts'
import type { EventsStore } from './store.ts'

/** What operations are made of. */
export interface EventsParts {
  deps: ServiceDeps
  store: EventsStore
}

/** Where a bus is: an ARN may tell of another account's or region's. */
export function placeOf(given: string | undefined, ctx: Place): Place {
  const [, , , region, account] = given?.startsWith('arn:') ? given.split(':') : []
  return { account: account || ctx.account, region: region || ctx.region }
}

export function busOf({ store }: EventsParts, given: string | undefined, ctx: Place): Bus {
  const name = busNameOf(given)
  const bus = store.bus(placeOf(given, ctx), name)
  if (!bus) throw noBus(name)
  return bus
}

export function ruleOf(
  parts: EventsParts,
  name: string | undefined,
  bus: string | undefined,
  ctx: RequestContext,
): Rule {
  const { name: busName, account, region } = busOf(parts, bus, ctx)
  const rule = parts.store.rule({ account, region }, busName, name ?? '')
  if (!rule) throw noRule(name ?? '', busName)
  return rule
}

/** Refuses a pattern in EventBridge's words. */
export function checkPattern({ store }: EventsParts, text: string): void {
  try {
    store.pattern(text)
  } catch (error) {
    if (error instanceof PatternFault) throw badPattern(error.message)
    throw error
  }
}

const MOST = 100

/** The token says after how many to go on. */
export function paged<T>(
  all: T[],
  { NextToken, Limit }: { NextToken?: string | undefined; Limit?: number | undefined },
) {
  const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64').toString())
  if (!Number.isInteger(from) || from < 0) throw invalid('Parameter NextToken is not valid.')
  const until = from + (Limit ?? MOST)
  const page = all.slice(from, until)
  if (until >= all.length) return { page }
  return { page, NextToken: Buffer.from(String(until)).toString('base64') }
}

type GivenTags = { Key: string | undefined; Value: string | undefined }[] | undefined

export const tagsOf = (given: GivenTags): Record<string, string> =>
  Object.fromEntries((given ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
