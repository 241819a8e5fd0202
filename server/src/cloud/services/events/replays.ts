import type { Job } from '../../../kernel/index.ts'
import {
  AwsError,
  type EventBridge,
  type Input,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import { type Archive, type BusEvent, type Replay, replayArn } from './model.ts'
import { busOf, type EventsParts, paged } from './parts.ts'
import { badParameter, noReplay, taken, tooMany } from './refusals.ts'
import type { Router } from './routing.ts'

const KIND = 'cloud-events.replay'
const MOST_ACTIVE = 10
const AT_ONCE = 100

export const replayOperations = (parts: EventsParts, router: Router) => {
  const { store, deps } = parts
  const { jobs } = deps.kernel
  jobs.handle(KIND, { concurrency: 2, run: (job) => run(parts, router, job) })
  return {
    async StartReplay(input, ctx) {
      const replay = replayFrom(parts, input, ctx)
      const payload = { arn: replay.arn }
      await store.put(replay, (tx) => jobs.enqueue(tx, { kind: KIND, payload }))
      const ReplayStartTime = new Date(replay.startedAt)
      return { ReplayArn: replay.arn, State: replay.state, ReplayStartTime }
    },

    DescribeReplay(input, ctx) {
      const replay = replayOf(parts, input.ReplayName, ctx)
      return {
        ReplayArn: replay.arn,
        ...shown(replay),
        Destination: replay.destination,
        ...(replay.description !== undefined && { Description: replay.description }),
      }
    },

    ListReplays(input, ctx) {
      const all = store
        .list('replay', ctx)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .filter(({ state }) => input.State === undefined || state === input.State)
        .filter(
          ({ archiveArn }) =>
            input.EventSourceArn === undefined || archiveArn === input.EventSourceArn,
        )
      const { page, ...next } = paged(all, input)
      return { Replays: page.map(shown), ...next }
    },

    async CancelReplay(input, ctx) {
      const replay = replayOf(parts, input.ReplayName, ctx)
      if (replay.state !== 'STARTING' && replay.state !== 'RUNNING') {
        throw new AwsError(
          'IllegalStatusException',
          `Replay ${replay.name} is not in a valid state for this operation.`,
        )
      }
      await store.put({ ...replay, state: 'CANCELLING' })
      return { ReplayArn: replay.arn, State: 'CANCELLING' as const }
    },
  } satisfies Operations<EventBridge>
}

function replayOf({ store }: EventsParts, name: string | undefined, ctx: RequestContext): Replay {
  const replay = store.find<Replay>(replayArn(ctx, name ?? ''))
  if (!replay) throw noReplay(name ?? '')
  return replay
}

function replayFrom(
  parts: EventsParts,
  input: Input<EventBridge, 'StartReplay'>,
  ctx: RequestContext,
): Replay {
  const { store } = parts
  const name = input.ReplayName!
  const { Arn = '', FilterArns } = input.Destination!
  const bus = busOf(parts, Arn, ctx)
  const archiveArn = input.EventSourceArn!
  const archive = store.find<Archive>(archiveArn)
  if (!archive) {
    const archiveName = archiveArn.split('archive/').at(-1)!
    throw badParameter('EventSourceArn', `Archive ${archiveName} does not exist.`)
  }
  if (archive.sourceArn !== bus.arn) {
    throw badParameter('Destination.Arn', 'Cross event bus replay is not permitted.')
  }
  const [fromMs, toMs] = [input.EventStartTime!.getTime(), input.EventEndTime!.getTime()]
  if (fromMs >= toMs) {
    throw badParameter('EventEndTime', 'EventStartTime must be before EventEndTime.')
  }
  const arn = replayArn(ctx, name)
  if (store.find(arn)) throw taken('Replay', name)
  const isActive = ({ state }: Replay) => ['STARTING', 'RUNNING', 'CANCELLING'].includes(state)
  if (store.list('replay', ctx).filter(isActive).length >= MOST_ACTIVE) throw tooMany()
  const { account, region, now } = ctx
  return {
    kind: 'replay',
    arn,
    name,
    account,
    region,
    archiveArn,
    description: input.Description,
    destination: { Arn, ...(FilterArns && { FilterArns }) },
    fromMs,
    toMs,
    state: 'STARTING',
    startedAt: now,
  }
}

const shown = (replay: Replay) => ({
  ReplayName: replay.name,
  EventSourceArn: replay.archiveArn,
  State: replay.state,
  EventStartTime: new Date(replay.fromMs),
  EventEndTime: new Date(replay.toMs),
  ReplayStartTime: new Date(replay.startedAt),
  ...(replay.lastEventAt !== undefined && { EventLastReplayedTime: new Date(replay.lastEventAt) }),
  ...(replay.endedAt !== undefined && { ReplayEndTime: new Date(replay.endedAt) }),
})

/** Events come again in the order of their time. What an earlier run had brought is brought again. */
async function run(parts: EventsParts, router: Router, job: Job): Promise<void> {
  const { arn } = job.payload as { arn: string }
  const { store, deps } = parts
  const { database, clock } = deps.kernel
  const now = () => store.find<Replay>(arn)
  const begun = now()
  if (!begun) return
  if (begun.state === 'STARTING') await store.put({ ...begun, state: 'RUNNING' })
  const events = await store.archivedBetween(begun)
  const bus = busOf(parts, begun.destination.Arn, begun)
  for (let from = 0; from < events.length && now()?.state === 'RUNNING'; from += AT_ONCE) {
    const some = events.slice(from, from + AT_ONCE)
    await database.write(async (tx) => {
      for (const event of some) {
        const filterArns = begun.destination.FilterArns
        const passing = { hops: 0, now: clock.now(), filterArns }
        await router.publish(tx, bus, replayed(event, begun.name), passing)
      }
    })
    const current = now()
    if (!current) return
    await store.put({ ...current, lastEventAt: Date.parse(some.at(-1)!.time) })
  }
  const last = now()
  if (!last) return
  const state = last.state === 'CANCELLING' ? 'CANCELLED' : 'COMPLETED'
  await store.put({ ...last, state, endedAt: clock.now() })
}

function replayed({ resources, detail, ...event }: BusEvent, name: string): BusEvent {
  return { ...event, 'replay-name': name, resources, detail }
}
