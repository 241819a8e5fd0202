import { HostObject, type HostPort, parseJsonLib, type Value } from '../groovy/index.ts'
import { stringify } from '../../kernel/index.ts'
import { isWorse, jobName, runPage, sourceOf } from '../model.ts'
import { changeSets } from './change-sets.ts'
import type { Scope } from './scope.ts'
import { dockerOf } from './docker.ts'
import { earlier, noSuchField, refusedRawBuild, resultNamed, WRAPPER } from './run-wrapper.ts'
import type { Session } from './session.ts'
import { nullPointer } from './step-refusals.ts'
import { timeSpan } from './time-span.ts'
import { fromJson, plain } from './values.ts'

/** `env`, `currentBuild` and `scm` as the script sees them. */
export function globalsOf(session: Session): Map<string, Value> {
  return new Map<string, Value>([
    ['env', new HostObject(envPort(session))],
    ['currentBuild', new HostObject(currentBuildPort(session))],
    ['scm', scmOf(session)],
    ['docker', dockerOf(session)],
  ])
}

function envPort(session: Session): HostPort {
  const read = (name: string, context: unknown) => {
    const scope = context as Scope
    return scope.environment.get(name) ?? null
  }
  return {
    typeName: 'org.jenkinsci.plugins.workflow.cps.EnvActionImpl',
    get: read,
    answers: (method) => method === 'getEnvironment',
    async set(name, value, context) {
      const text = await session.interpreter.print(value, context)
      session.environment.set(name, text)
    },
    call(method, { positional }, context) {
      const scope = context as Scope
      if (method === 'getEnvironment') return fromJson(scope.environment.all())
      if (method === 'getProperty') return read(String(positional[0]), context)
      return undefined
    },
  }
}

/** What `checkout scm` brings: the commit that the run is about. */
export function scmOf(session: Session): Value {
  const { project, commit_sha } = session.record
  const { repo, branch } = sourceOf(session.record)
  const url = `${session.parts.originUrl()}/git/${project}/${repo}.git`
  return fromJson({
    $class: 'GitSCM',
    userRemoteConfigs: [{ url, credentialsId: null, name: 'origin' }],
    branches: [{ name: branch }],
    commit: commit_sha,
  })
}

function currentBuildPort(session: Session): HostPort {
  return {
    typeName: WRAPPER,
    isJava: true,
    get(name) {
      if (name === 'rawBuild') throw refusedRawBuild()
      return buildMember(session, name)
    },
    set: (name, value, context) => setMember(session, name, value, context),
    call(method, { positional }, context) {
      const member = Object.hasOwn(SETTERS, method) ? SETTERS[method] : undefined
      if (member !== undefined && positional.length === 1) {
        return setMember(session, member, positional[0]!, context).then(() => null)
      }
      const current = session.shownResult ?? 'SUCCESS'
      const other = () => resultNamed(String(positional[0]))
      if (method === 'resultIsBetterOrEqualTo') return !isWorse(current, other())
      if (method === 'resultIsWorseOrEqualTo') return !isWorse(other(), current)
      if (method === 'getBuildCauses') {
        return causes(session, positional[0] === undefined ? undefined : String(positional[0]))
      }
      return undefined
    },
  }
}

const SETTERS: Record<string, string> = {
  setDescription: 'description',
  setDisplayName: 'displayName',
  setKeepLog: 'keepLog',
  setResult: 'result',
}

async function setMember(session: Session, name: string, value: Value, context: unknown) {
  const given = await plain(session.interpreter, value, context)
  const text = String(given)
  if (name === 'description') session.description = given === null ? undefined : text
  else if (name === 'displayName') session.displayName = text
  else if (name === 'result') {
    if (given === null) throw nullPointer('String.equalsIgnoreCase(String)', 's')
    session.worsen(resultNamed(text))
  }
  // Kept builds are a setting of the job here.
  else if (name !== 'keepLog') throw noSuchField(name)
}

const causeClasses: Record<string, string> = {
  push: 'jenkins.branch.BranchEventCause',
  manual: 'hudson.model.Cause$UserIdCause',
  rerun: 'org.jenkinsci.plugins.workflow.cps.replay.ReplayCause',
  cron: 'hudson.triggers.TimerTrigger$TimerTriggerCause',
  upstream: 'hudson.model.Cause$UpstreamCause',
}

/** As `getBuildCauses()` gives them; with a class's name only those of it. */
function causes(session: Session, wanted?: string): Value {
  const { kind, text } = session.cause
  const _class = causeClasses[kind] ?? kind
  const user = /by user ([^,]+)/.exec(text)?.[1]
  const who = user === undefined ? {} : { userId: user, userName: user }
  const upstream = /project "(.+)" build number (\d+)/.exec(text)
  const from = upstream ? { upstreamProject: upstream[1], upstreamBuild: Number(upstream[2]) } : {}
  const isWanted = wanted === undefined || wanted === _class || wanted === _class.replace('$', '.')
  const found = isWanted ? [{ _class, shortDescription: text, ...who, ...from }] : []
  return parseJsonLib(stringify(found)) as Value
}

async function buildMember(session: Session, name: string): Promise<Value | undefined> {
  const { record } = session
  const startedMs = record.started_at ?? record.queued_at
  const elapsedMs = () => session.nowMs() - startedMs
  const members: Record<string, () => Value | Promise<Value>> = {
    number: () => record.number,
    id: () => String(record.number),
    result: () => session.shownResult ?? null,
    currentResult: () => session.shownResult ?? 'SUCCESS',
    displayName: () => session.displayName,
    fullDisplayName: () => `${jobName(record).replace('/', ' » ')} ${session.displayName}`,
    projectName: () => record.branch,
    fullProjectName: () => jobName(record),
    description: () => session.description ?? null,
    absoluteUrl: () => `${session.parts.originUrl()}${runPage(record)}/`,
    startTimeInMillis: () => BigInt(startedMs),
    timeInMillis: () => BigInt(record.queued_at),
    duration: () => BigInt(elapsedMs()),
    durationString: () => `${timeSpan(elapsedMs())} and counting`,
    keepLog: () => false,
    buildCauses: () => causes(session),
    changeSets: () => changeSets(session, record),
    buildVariables: () => fromJson(session.parameters),
    upstreamBuilds: () => [],
    externalizableId: () => `${jobName(record)}#${record.number}`,
    nextBuild: () => null,
    previousBuild: () => earlier(session, record, 'any'),
    previousCompletedBuild: () => earlier(session, record, 'any'),
    previousBuiltBuild: () => earlier(session, record, 'built'),
    previousSuccessfulBuild: () => earlier(session, record, 'successful'),
    previousNotFailedBuild: () => earlier(session, record, 'notFailed'),
    previousFailedBuild: () => earlier(session, record, 'failed'),
  }
  return Object.hasOwn(members, name) ? members[name]!() : undefined
}
