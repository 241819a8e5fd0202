import type { ServiceDeps } from '../../deps.ts'
import type { RequestContext } from '../../gateway/index.ts'
import type { DataKeys } from './data-keys.ts'
import type { StreamMetrics } from './metrics.ts'
import { type Place, statusOf, type StreamStatus } from './model.ts'
import { badArgument, noStream, notActive } from './refusals.ts'
import type { RecordStore } from './store-records.ts'
import type { AccountStore } from './store-accounts.ts'
import type { StreamStore } from './store-streams.ts'
import type { Stream } from './stream.ts'

/** What operations are made of. */
export interface KinesisParts {
  deps: ServiceDeps
  streams: StreamStore
  accounts: AccountStore
  records: RecordStore
  dataKeys: DataKeys
  metrics: StreamMetrics
}

export interface StreamInput {
  StreamName?: string | undefined
  StreamARN?: string | undefined
}

export interface Address extends Place {
  name: string
}

/** The stream a request names, by its name or its ARN (or a consumer's). */
export function addressOf({ StreamName, StreamARN }: StreamInput, ctx: RequestContext): Address {
  const { account, region } = ctx
  if (StreamARN === undefined) {
    if (StreamName !== undefined) return { account, region, name: StreamName }
    throw badArgument('Either StreamName or StreamARN must be provided.')
  }
  const [, , , ofRegion, owner, path = ''] = StreamARN.split(':')
  const name = path.split('/')[1]!
  if (StreamName !== undefined && StreamName !== name) {
    throw badArgument('StreamName and StreamARN must identify the same stream.')
  }
  return { account: owner!, region: ofRegion!, name }
}

export function streamOf(parts: KinesisParts, input: StreamInput, ctx: RequestContext): Stream {
  const address = addressOf(input, ctx)
  const stream = parts.streams.find(address, address.name)
  if (!stream) throw noStream(address, address.name)
  return stream
}

/** Whether the stream a write names takes records without a partition key; false where there is none. */
export function takesKeyless(
  parts: KinesisParts,
  input: StreamInput,
  ctx: RequestContext,
): boolean {
  if (input.StreamName === undefined && input.StreamARN === undefined) return false
  const address = addressOf(input, ctx)
  return parts.streams.find(address, address.name)?.facts.placesRecords === true
}

/** A stream that may be changed now. */
export function activeStream(parts: KinesisParts, input: StreamInput, ctx: RequestContext): Stream {
  const stream = streamOf(parts, input, ctx)
  const status = statusOf(stream.facts, ctx.now)
  if (status !== 'ACTIVE') throw notActive(stream.facts, status)
  return stream
}

/** AWS's own times are about these; shortened, a change is over when it is answered. */
const REALISTIC_MS = { CREATING: 20_000, UPDATING: 15_000, DELETING: 15_000, ACTIVE: 0 }

export function busyFor({ deps }: KinesisParts, status: StreamStatus, now: number) {
  if (!deps.settings.realistic) return undefined
  return { status, untilMs: now + REALISTIC_MS[status] }
}
