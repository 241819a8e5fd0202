import type { Kinesis, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { consumerOf } from './consumers.ts'
import { consumerArn } from './model.ts'
import type { KinesisParts } from './parts.ts'
import { positionOf, readableShard } from './position.ts'
import { readPage } from './reading.ts'
import { dryRun, inUse, notFound } from './refusals.ts'
import { sequenceNumber } from './sequence.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'

const LASTS_MS = 5 * 60_000
/** An event without records tells the reader that all is well. */
const QUIET_MS = 5000
/** How soon the same consumer may subscribe again and take the subscription over. */
const TAKEOVER_MS = 5000
const MOST_RECORDS = 1000

type EventStream = Output<Kinesis, 'SubscribeToShard'>['EventStream']

interface Subscription {
  sinceMs: number
  stop: AbortController
}

export const subscribeOperations = (parts: KinesisParts) => {
  const known = new Map<string, Subscription>()
  return {
    async SubscribeToShard(input, ctx) {
      const { stream, consumer } = consumerOf(parts, { ConsumerARN: input.ConsumerARN }, ctx)
      const shard = readableShard(stream, stream.facts, input.ShardId!)
      const { Type: type, SequenceNumber: sequence, Timestamp: moment } = input.StartingPosition!
      const from = await positionOf(parts, stream, shard, { type: type!, sequence, moment })
      if (input.DryRun) throw dryRun()
      const id = `${consumerArn(stream.facts, consumer)} ${shard.facts.index}`
      const before = known.get(id)
      if (before && ctx.now - before.sinceMs < TAKEOVER_MS) {
        throw inUse(
          `Another active subscription exists for this consumer: ${ctx.account}:` +
            `${stream.facts.name}:${input.ShardId}:${consumer.name}`,
        )
      }
      before?.stop.abort()
      const subscription = { sinceMs: ctx.now, stop: new AbortController() }
      known.set(id, subscription)
      const end = () => void (known.get(id) === subscription && known.delete(id))
      const live = { ctx, stop: subscription.stop.signal, end }
      return { EventStream: events(parts, stream, shard, from, live) as EventStream }
    },
  } satisfies Operations<Kinesis>
}

interface Live {
  ctx: RequestContext
  stop: AbortSignal
  end(): void
}

async function* events(
  parts: KinesisParts,
  stream: Stream,
  shard: Shard,
  from: number,
  { ctx, stop, end }: Live,
) {
  const { clock } = parts.deps.kernel
  const untilMs = clock.now() + LASTS_MS
  let position = from
  let isFirst = true
  try {
    while (clock.now() < untilMs && !stop.aborted && !ctx.signal.aborted) {
      if (stream.isGone) throw gone(stream)
      const now = clock.now()
      const page = await readPage(parts, stream, shard, position, MOST_RECORDS, atNow(ctx, now))
      const isEmpty = page.records.length === 0 && page.next !== undefined
      if (!isEmpty || isFirst) yield { SubscribeToShardEvent: eventOf(shard, page, now) }
      if (page.next === undefined) return
      position = page.next
      isFirst = isEmpty && !(await woken(parts, shard, position, [stop, ctx.signal]))
    }
  } finally {
    end()
  }
}

const atNow = (ctx: RequestContext, now: number): RequestContext =>
  Object.create(ctx, { now: { value: now }, aws: { get: () => ctx.aws } }) as RequestContext

const gone = ({ facts: { name, account } }: Stream) =>
  notFound(`Stream ${name} under account ${account} not found.`)

function eventOf(shard: Shard, page: Awaited<ReturnType<typeof readPage>>, now: number) {
  const last = page.records.at(-1)?.SequenceNumber
  return {
    Records: page.records,
    ...(page.next !== undefined && {
      ContinuationSequenceNumber: last ?? sequenceNumber(shard.facts, page.next, now),
    }),
    MillisBehindLatest: page.behindMs,
    ...(page.children && { ChildShards: page.children }),
  }
}

/** Resolves true when there may be records, false when it has been quiet for a while. */
function woken(
  { deps }: KinesisParts,
  shard: Shard,
  position: number,
  signals: AbortSignal[],
): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (isWoken: boolean) => {
      cancel()
      unlisten()
      for (const signal of signals) signal.removeEventListener('abort', abort)
      resolve(isWoken)
    }
    const abort = () => done(true)
    const cancel = deps.kernel.clock.at(deps.kernel.clock.now() + QUIET_MS, () => done(false))
    const unlisten = shard.onWake(() => done(true))
    for (const signal of signals) signal.addEventListener('abort', abort, { once: true })
    // What came between the read and now has woken nobody.
    const isThere = shard.next > position && shard.pending === 0
    if (isThere || signals.some(({ aborted }) => aborted)) done(true)
  })
}
