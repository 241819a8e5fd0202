import { abortException, type Call, interruption, type Step } from '../engine/index.ts'

/** `lock('name') { … }`: one block at a time in the whole project. */
export const lock: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['resource'],
  async run(call) {
    const { args, session, path } = call
    const resource = args.optionalText('resource') ?? args.optionalText('label')
    if (!resource) throw abortException('Either resource label or resource name must be specified.')
    const { locks } = session.parts
    const key = `${session.record.project}/${resource}`
    const owner = `${session.record.id}${path}`
    const isDone = session.journal.get(path)?.state === 'done'
    if (!isDone && !(await acquire(call, resource, key, owner))) return null
    const name = args.optionalText('variable')
    const environment = name && call.scope.environment.with([[name, resource]])
    try {
      return await call.body(environment ? { environment } : {})
    } finally {
      if (!session.isLetGo) {
        locks.release(key, owner)
        await session.journal.put(path, call.name, 'done', key, session.nowMs())
        call.scope.sayOnce(`${path}!released`, `Lock released on resource [Resource: ${resource}]`)
      }
      call.close()
    }
  },
}

async function acquire(call: Call, resource: string, key: string, owner: string): Promise<boolean> {
  const { session, scope, path } = call
  const { locks } = session.parts
  call.say(`Trying to acquire lock on [Resource: ${resource}]`)
  const isNew = !locks.isHeld(key)
  if (!locks.take(key, owner)) {
    if (call.args.flag('skipIfLocked')) {
      call.say(`[Resource: ${resource}] is locked, skipping execution...`)
      call.close()
      return false
    }
    scope.sayOnce(`${path}!waits`, `[Resource: ${resource}] is locked, waiting...`)
    await scope.interrupts.during((signal) => locks.wait(key, owner, signal))
  }
  // Noted, so that a restarted server gives it back to whoever had it.
  await session.journal.put(path, call.name, 'open', { key, owner } as unknown, session.nowMs())
  // No resources are configured here: each is made for its holder, as Jenkins does with unknown ones.
  if (isNew) call.say(`Resource [${resource}] did not exist. Created.`)
  call.say(`Lock acquired on [Resource: ${resource}]`)
  return true
}

/** `milestone()`: runs pass in the order of their numbers; an older one that comes late is ended. */
export const milestone: Step = {
  kind: 'own',
  positional: ['ordinal'],
  async run(call) {
    const { args, session } = call
    const { record } = session
    const ordinal = args.has('ordinal') ? args.number('ordinal', 0) : (session.milestone ?? 0) + 1
    if (session.milestone !== undefined && ordinal <= session.milestone) {
      throw abortException(
        `Invalid ordinal ${ordinal}, as the previous one was ${session.milestone}`,
      )
    }
    const label = args.optionalText('label')
    call.say(`Trying to pass milestone ${label ?? ordinal}`)
    const passed = await call.once(async () => session.parts.jobs.passMilestone(record, ordinal))
    session.milestone = ordinal
    if (passed !== null) {
      const reason = `Canceled since build #${String(passed)} already got here`
      throw interruption('NOT_BUILT', reason)
    }
    return null
  },
}
