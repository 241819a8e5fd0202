import { abortException, interruption, type Step } from '../engine/index.ts'

/** `milestone()`: runs pass in the order of their numbers; an older one that comes late is ended. */
export const milestone: Step = {
  kind: 'own',
  positional: ['ordinal'],
  async run(call) {
    const { args, session } = call
    const { record } = session
    if (session.heads > 1 && !args.flag('unsafe')) {
      throw abortException('Using a milestone step inside parallel is not allowed')
    }
    const ordinal = args.has('ordinal') ? args.number('ordinal', 0) : (session.milestone ?? -1) + 1
    if (session.milestone !== undefined && ordinal <= session.milestone) {
      throw abortException(
        `Invalid ordinal ${ordinal}, as the previous one was ${session.milestone}`,
      )
    }
    call.say(`Trying to pass milestone ${ordinal}`)
    const passed = await call.once(async () => {
      const newer = await session.parts.jobs.passMilestone(record, ordinal)
      // At once: a newer run that passes the next one looks here for whom to end.
      if (newer === null) session.milestone = ordinal
      return newer
    })
    session.milestone = ordinal
    if (passed !== null) {
      call.say(`Canceled since build #${String(passed)} already got here`)
      throw interruption('NOT_BUILT', `Superseded by #${String(passed)}`)
    }
    return null
  },
}
