import { type Call, interruption, type Interrupts, type Step, timeSpan } from '../engine/index.ts'
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
    const after = isActivity ? ' after no activity' : ''
    call.say(`Timeout set to expire${after} in ${timeSpan(limitMs)}`)
    return withDeadline(call, limitMs, isActivity)
  },
}

async function withDeadline(call: Call, limitMs: number, isActivity: boolean): Promise<Value> {
  const { session, scope, path } = call
  // The moment it began is kept: a restart of the server does not give it more time.
  const startedMs = await session.journal.fixed(`${path}:start`, () => session.nowMs())
  const interrupts = scope.interrupts.child()
  const clock = startClock(call, interrupts, { startedMs, limitMs, isActivity })
  try {
    return await call.body({ interrupts })
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
    call.say('Cancelling nested steps due to timeout')
    interrupts.interrupt(interruption('ABORTED', 'Timeout has been exceeded'))
  }
  const arm = () => {
    cancel = clock.at(dueMs, look)
  }
  arm()
  return { stop: () => cancel() }
}
