import { type Call, type Holder, type Step } from '../engine/index.ts'
import { GroovyMap, hostError, isTruthy, toGroovyString } from '../groovy/index.ts'
import { jobName } from '../model.ts'

/** `lock('name') { … }`: one block at a time in the whole project. */
export const lock: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['resource'],
  async run(call) {
    const { session, path } = call
    const wanted = wantedBy(call)
    const isDone = session.journal.get(path)?.state === 'done'
    if (!isDone && !(await acquire(call, wanted))) return null
    const variables = variablesOf(call, wanted)
    const environment = variables.length > 0 && call.scope.environment.with(variables)
    try {
      return await call.body(environment ? { environment } : {})
    } finally {
      if (!session.isLetGo) await release(call, wanted)
      call.close()
    }
  },
}

/** One thing to hold: a resource by its name, or one (or `quantity`) of those with a label. */
interface Wanted {
  name: string
  shown: string
  isNamed: boolean
}

/** The step's own resource, then its `extra` ones. */
function wantedBy({ args }: Call): Wanted[] {
  const extra = args.value('extra')
  const maps = (Array.isArray(extra) ? extra : []).filter((each) => each instanceof GroovyMap)
  const own = new GroovyMap([...args.values])
  const found = [own, ...maps].map(oneOf).filter((each) => each !== undefined)
  return found
}

function oneOf(given: GroovyMap): Wanted | undefined {
  const text = (name: string) => toGroovyString(given.get(name) ?? '')
  const [resource, label] = [text('resource'), text('label')]
  if (resource !== '' && label !== '') {
    const refusal = 'Label and resource name cannot be specified simultaneously.'
    throw hostError('java.lang.IllegalArgumentException', refusal)
  }
  if (resource !== '') return { name: resource, shown: `Resource: ${resource}`, isNamed: true }
  if (label === '') return undefined
  const quantity = Number(text('quantity'))
  const shown = `Label: ${label}${quantity > 0 ? `, Quantity: ${quantity}` : ''}`
  return { name: label, shown, isNamed: false }
}

/** As the lock's lines name it: `Resource: db`, `Label: printers, Quantity: 2`, `{Resource: a},{Resource: b}`. */
function described({ args }: Call, wanted: Wanted[]): string {
  const [first] = wanted
  if (!first) return 'nothing'
  return isTruthy(args.value('extra'))
    ? wanted.map(({ shown }) => `{${shown}}`).join(',')
    : first.shown
}

/** `variable: 'V'` has all names, `V0`, `V1` … each of them. */
function variablesOf({ args }: Call, wanted: Wanted[]): [string, string][] {
  const variable = args.optionalText('variable')
  if (!variable || wanted.length === 0) return []
  const names = wanted.map(({ name }) => name)
  const each = names.map((name, at): [string, string] => [`${variable}${at}`, name])
  return [[variable, names.join(',')], ...each]
}

const keyOf = ({ session }: Call, { name }: Wanted) => `${session.record.project}/${name}`

function holderBy({ session, path }: Call): Holder {
  const { record, displayName } = session
  const place = jobName(record).replaceAll('/', ' » ')
  const build = `${place} #${record.number} ${displayName}`
  return { owner: `${record.id}${path}`, build, sinceMs: session.nowMs() }
}

async function release(call: Call, wanted: Wanted[]): Promise<void> {
  const { session, path } = call
  const { owner } = holderBy(call)
  for (const each of wanted) session.parts.locks.release(keyOf(call, each), owner)
  await session.journal.put(path, call.name, 'done', null, session.nowMs())
  call.scope.sayOnce(`${path}!released`, `Lock released on resource [${described(call, wanted)}]`)
}

async function acquire(call: Call, wanted: Wanted[]): Promise<boolean> {
  const { session, path } = call
  const { locks } = session.parts
  const name = described(call, wanted)
  call.say(`Trying to acquire lock on [${name}]`)
  // No resources are configured here: each is made for its holder, as Jenkins does with unknown ones.
  for (const each of wanted) {
    const isNew = each.isNamed && !locks.holderOf(keyOf(call, each))
    if (isNew) call.say(`Resource [${each.name}] did not exist. Created.`)
  }
  const busy = wanted.find((each) => locks.holderOf(keyOf(call, each)) !== undefined)
  if (busy && call.args.flag('skipIfLocked')) {
    call.say(`${whoHolds(call, busy)}[${name}] is not free, skipping execution ...`)
    call.close()
    return false
  }
  const holder = holderBy(call)
  if (busy) tellQueue(call, busy, wanted)
  // In the order of their names: two who want the same never wait for one another.
  const keys = wanted.map((each) => keyOf(call, each)).toSorted()
  await takeAll(call, keys, holder)
  // Noted, so that a restarted server gives them back to whoever had them.
  await session.journal.put(path, call.name, 'open', { keys, holder }, session.nowMs())
  call.say(`Lock acquired on [${name}]`)
  return true
}

async function takeAll(call: Call, keys: string[], holder: Holder): Promise<void> {
  const { scope, session, args } = call
  const { locks } = session.parts
  const taken: string[] = []
  try {
    for (const key of keys) {
      if (!locks.take(key, holder)) {
        const isFirst = args.flag('inversePrecedence')
        await scope.interrupts.during((signal) => locks.wait(key, holder, isFirst, signal))
      }
      taken.push(key)
    }
  } catch (error) {
    for (const key of taken) locks.release(key, holder.owner)
    throw error
  }
}

function tellQueue(call: Call, busy: Wanted, wanted: Wanted[]): void {
  const { scope, path, session } = call
  const names = wanted.map(({ name }) => name).join(', ')
  const position = session.parts.locks.waitingFor(keyOf(call, busy))
  const text =
    `${whoHolds(call, busy)}[${described(call, wanted)}] is not free, waiting for execution ...\n` +
    `[Required resources: [${names}]] added into queue at position ${position}`
  scope.sayOnce(`${path}!waits`, text)
}

// Made when it is asked for: the first one of a process reads ICU's data, 16 ms of a start.
const moment = (at: number): string =>
  new Date(at).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** `The resource [db] is locked by build app » main #3 #3 since Nov 22, 2026, 11:16 PM.` and a new line. */
function whoHolds(call: Call, wanted: Wanted): string {
  const holder = call.session.parts.locks.holderOf(keyOf(call, wanted))
  if (!holder || !wanted.isNamed) return ''
  // Newer ICU data has a narrow space before AM and PM, which Java's older format doesn't.
  const since = moment(holder.sinceMs).replaceAll('\u202f', ' ')
  return `The resource [${wanted.name}] is locked by build ${holder.build} since ${since}.\n`
}
