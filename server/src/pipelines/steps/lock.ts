import { abortException, type Call, interruption, type Step } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'

/** `lock('name') { … }`: one block at a time in the whole project. */
export const lock: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['resource'],
  async run(call) {
    const { session, path } = call
    const resource = resourceOf(call)
    if (resource === undefined) return lockNothing(call)
    const { locks } = session.parts
    const key = `${session.record.project}/${resource}`
    const owner = `${session.record.id}${path}`
    const isDone = session.journal.get(path)?.state === 'done'
    if (!isDone && !(await acquire(call, resource, key, owner))) return null
    const name = call.args.optionalText('variable')
    const environment = name && call.scope.environment.with([[name, resource]])
    try {
      return await call.body(environment ? { environment } : {})
    } finally {
      if (!session.isLetGo) {
        locks.release(key, owner)
        await session.journal.put(path, call.name, 'done', key, session.nowMs())
        released(call)
      }
      call.close()
    }
  },
}

const resourceOf = ({ args }: Call): string | undefined =>
  args.optionalText('resource') || args.optionalText('label') || undefined

/** As the lock's lines name it: `Resource: db`, `Label: printers, Quantity: 2`. */
function described({ args }: Call): string {
  const resource = args.optionalText('resource')
  const label = args.optionalText('label')
  const parts = [
    resource ? `Resource: ${resource}` : '',
    label ? `Label: ${label}` : '',
    args.number('quantity', 0) > 0 ? `Quantity: ${args.number('quantity', 0)}` : '',
  ]
  return parts.filter((part) => part !== '').join(', ') || 'nothing'
}

const released = (call: Call) =>
  call.scope.sayOnce(`${call.path}!released`, `Lock released on resource [${described(call)}]`)

async function lockNothing(call: Call): Promise<Value> {
  call.say('Trying to acquire lock on [nothing]\nLock acquired on [nothing]')
  try {
    return await call.body()
  } finally {
    if (!call.session.isLetGo) released(call)
    call.close()
  }
}

async function acquire(call: Call, resource: string, key: string, owner: string): Promise<boolean> {
  const { session, scope, path } = call
  const { locks } = session.parts
  const name = described(call)
  call.say(`Trying to acquire lock on [${name}]`)
  const isNew = !locks.isHeld(key)
  if (!locks.take(key, owner)) {
    if (call.args.flag('skipIfLocked')) {
      call.say(`[${name}] is not free, skipping execution ...`)
      call.close()
      return false
    }
    const waits =
      `[${name}] is not free, waiting for execution ...\n` +
      `[Required resources: [${resource}]] added into queue at position ${locks.waitingFor(key)}`
    scope.sayOnce(`${path}!waits`, waits)
    await scope.interrupts.during((signal) => locks.wait(key, owner, signal))
  }
  // Noted, so that a restarted server gives it back to whoever had it.
  await session.journal.put(path, call.name, 'open', { key, owner } as unknown, session.nowMs())
  // No resources are configured here: each is made for its holder, as Jenkins does with unknown ones.
  if (isNew) call.say(`Resource [${resource}] did not exist. Created.`)
  call.say(`Lock acquired on [${name}]`)
  return true
}

/** `milestone()`: runs pass in the order of their numbers; an older one that comes late is ended. */
export const milestone: Step = {
  kind: 'own',
  positional: ['ordinal'],
  async run(call) {
    const { args, session } = call
    const { record } = session
    const ordinal = args.has('ordinal') ? args.number('ordinal', 0) : (session.milestone ?? -1) + 1
    if (session.milestone !== undefined && ordinal <= session.milestone) {
      throw abortException(
        `Invalid ordinal ${ordinal}, as the previous one was ${session.milestone}`,
      )
    }
    call.say(`Trying to pass milestone ${ordinal}`)
    const passed = await call.once(async () => session.parts.jobs.passMilestone(record, ordinal))
    session.milestone = ordinal
    if (passed !== null) {
      call.say(`Canceled since build #${String(passed)} already got here`)
      throw interruption('NOT_BUILT', `Superseded by #${String(passed)}`)
    }
    return null
  },
}
