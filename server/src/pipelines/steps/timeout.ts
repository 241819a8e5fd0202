import {
  type Call,
  interruptionOf,
  type Interrupts,
  type Step,
  timeoutInterruption,
  timeSpan,
} from '../engine/index.ts'
import { durationMs } from './text.ts'
import type { Value } from '../groovy/index.ts'

/** Ends the block after the time; with `activity`, after that time without a line in the log. */
export const timeout: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['time'],
  async run(call) {
    const { args } = call
    const unit = args.optionalText('unit') ?? 'MINUTES'
    const limitMs = durationMs(args.number('time', 0), unit)
    const isActivity = args.flag('activity')
    if (limitMs <= 0) throw expired(call, limitMs)
    const span = timeSpan(limitMs)
    call.say(
      `Timeout set to expire ${isActivity ? `after ${span} without activity` : `in ${span}`}`,
    )
    return withDeadline(call, limitMs, isActivity)
  },
}

const CANCELLING = 'Cancelling nested steps due to timeout'

/** Outside the block whose time it was, its end is a failure that `retry` may try again. */
function soft<T>(error: T, path: string): T {
  const interrupted = interruptionOf(error)
  if (interrupted?.timeout === path) interrupted.isSoft = true
  return error
}

/** A time that leaves none is over before the block's first step. */
function expired(call: Call, limitMs: number): Error {
  const { scope, path } = call
  call.say(`Timeout expired ${timeSpan(-limitMs)} ago`)
  call.say(CANCELLING)
  scope.mark(`${path}{`, '{')
  scope.mark(`${path}}`, '}')
  call.close()
  return soft(timeoutInterruption(path), path)
}

async function withDeadline(call: Call, limitMs: number, isActivity: boolean): Promise<Value> {
  const { session, scope, path } = call
  // The moment it began is kept: a restart of the server does not give it more time.
  const startedMs = await session.journal.fixed(`${path}:start`, () => session.nowMs())
  const interrupts = scope.interrupts.child()
  const clock = startClock(call, interrupts, { startedMs, limitMs, isActivity })
  try {
    return await call.body({ interrupts })
  } catch (error) {
    throw soft(error, path)
  } finally {
    clock.stop()
    interrupts.close()
    call.close()
  }
}

interface Limit {
  startedMs: number
  limitMs: number
  isActivity: boolean
}

function startClock(call: Call, interrupts: Interrupts, limit: Limit): { stop(): void } {
  const { session } = call
  const { clock } = session.kernel
  let seenBytes = session.log.sizeBytes
  let dueMs = limit.startedMs + limit.limitMs
  let cancel = () => {}
  const look = () => {
    const hasGrown = session.log.sizeBytes !== seenBytes
    if (limit.isActivity && hasGrown) {
      seenBytes = session.log.sizeBytes
      dueMs = session.nowMs() + limit.limitMs
    }
    if (session.nowMs() < dueMs) return arm()
    call.say(CANCELLING)
    interrupts.interrupt(timeoutInterruption(call.path))
  }
  const arm = () => {
    cancel = clock.at(dueMs, look)
  }
  arm()
  return { stop: () => cancel() }
}
