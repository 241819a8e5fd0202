import { randomBytes } from 'node:crypto'
import type { RequestContext } from '../../gateway/index.ts'
import type { HttpDelivery } from './http-delivery.ts'
import type { Subscription } from './model.ts'
import type { SnsParts } from './parts.ts'

/** A token's end says whose it is, so that a second visit of its link is answered, too. */
export const marker = (arn: string) => arn.slice(-36).replaceAll('-', '')

export const newToken = (arn: string) => randomBytes(96).toString('hex') + marker(arn)

/** How long the link in a farewell brings a subscription back. */
const RESTORABLE_MS = 3 * 86_400_000
const MOST_RESTORABLE = 100

/** A link comes without a signature, so its account and region are those of what it names. */
export function placeOf(arn: string): { account: string; region: string } {
  const [, , , region = '', account = ''] = arn.split(':')
  return { account, region }
}

interface Ended {
  subscription: Subscription
  untilMs: number
}

/** Tells an HTTP/S endpoint that its subscription ended, with a link that brings it back. */
export async function sayFarewell(
  { settings }: SnsParts,
  http: HttpDelivery,
  subscription: Subscription,
  ctx: RequestContext,
): Promise<void> {
  const { protocol, token, arn } = subscription
  if (!protocol.startsWith('http') || token !== undefined) return
  const farewell = newToken(arn)
  const place = placeOf(arn)
  const known = Object.entries(settings.get<Ended>(place, 'ended'))
  const kept = known.filter(([, { untilMs }]) => untilMs > ctx.now).slice(1 - MOST_RESTORABLE)
  const ended: Ended = { subscription, untilMs: ctx.now + RESTORABLE_MS }
  await settings.put(place, 'ended', { ...Object.fromEntries(kept), [farewell]: ended })
  await http.farewell(subscription, farewell, ctx.now)
}

/** The subscription that the token of a farewell brings back. */
export async function restore(
  { settings, store }: SnsParts,
  token: string,
  place: { account: string; region: string },
  now: number,
) {
  const { [token]: ended, ...others } = settings.get<Ended>(place, 'ended')
  if (!ended || ended.untilMs <= now) return undefined
  if (!store.topicFind(ended.subscription.topicArn)) return undefined
  await store.subscriptionPut(ended.subscription)
  await settings.put(place, 'ended', others)
  return ended.subscription
}
