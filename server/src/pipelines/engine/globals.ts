import type { RunResult } from '@madang/api'
import { runResults } from '@madang/api'
import { HostObject, type HostPort, hostError, type Value } from '../groovy/index.ts'
import { isWorse, jobName, runPage } from '../model.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'
import { fromJson, plain } from './values.ts'

/** `env`, `currentBuild` and `scm` as the script sees them. */
export function globalsOf(session: Session): Map<string, Value> {
  return new Map<string, Value>([
    ['env', new HostObject(envPort(session))],
    ['currentBuild', new HostObject(currentBuildPort(session))],
    ['scm', scmOf(session)],
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
    async set(name, value, context) {
      const text = await session.interpreter.print(value, context)
      session.environment.set(name, text)
    },
    call(method, { positional }, context) {
      const scope = context as Scope
      if (method === 'getEnvironment') return fromJson(scope.environment.all())
      if (method === 'getProperty') return read(String(positional[0]), context)
      throw hostError('groovy.lang.MissingMethodException', `No such method: env.${method}`)
    },
  }
}

/** What `checkout scm` brings: the commit that the run is about. */
export function scmOf(session: Session): Value {
  const { project, repo, branch, commit_sha } = session.record
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
    typeName: 'org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper',
    get: (name) => buildMember(session, name),
    async set(name, value, context) {
      const text = String(await plain(session.interpreter, value, context))
      if (name === 'description') session.description = text
      else if (name === 'displayName') session.displayName = text
      else if (name === 'result') session.worsen(resultNamed(text))
      else throw hostError('groovy.lang.ReadOnlyPropertyException', `Cannot set ${name}`)
    },
    call(method, { positional }) {
      const current = session.shownResult ?? 'SUCCESS'
      const other = () => resultNamed(String(positional[0]))
      if (method === 'resultIsBetterOrEqualTo') return !isWorse(current, other())
      if (method === 'resultIsWorseOrEqualTo') return !isWorse(other(), current)
      if (method === 'getBuildCauses') return causes(session)
      if (/^get[A-Z]/.test(method)) {
        return buildMember(session, method[3]!.toLowerCase() + method.slice(4)) ?? null
      }
      throw hostError(
        'groovy.lang.MissingMethodException',
        `No such method: currentBuild.${method}`,
      )
    },
  }
}

function resultNamed(text: string): RunResult {
  const found = runResults.find((result) => result === text.toUpperCase())
  if (found) return found
  throw hostError('java.lang.IllegalArgumentException', `No such result: ${text}`)
}

function causes(session: Session): Value {
  const { kind, text } = session.cause
  return fromJson([{ _class: `madang.${kind}`, shortDescription: text }])
}

function buildMember(session: Session, name: string): Value | undefined {
  const { record, previous } = session
  const startedMs = record.started_at ?? record.queued_at
  const elapsedMs = () => session.nowMs() - startedMs
  const members: Record<string, () => Value> = {
    number: () => record.number,
    id: () => String(record.number),
    result: () => session.shownResult ?? null,
    currentResult: () => session.shownResult ?? 'SUCCESS',
    displayName: () => session.displayName,
    fullDisplayName: () => `${jobName(record)} ${session.displayName}`,
    projectName: () => record.branch,
    fullProjectName: () => jobName(record),
    description: () => session.description ?? null,
    absoluteUrl: () => `${session.parts.originUrl()}${runPage(record)}/`,
    startTimeInMillis: () => BigInt(startedMs),
    timeInMillis: () => BigInt(record.queued_at),
    duration: () => BigInt(elapsedMs()),
    durationString: () => `${(elapsedMs() / 1000).toFixed(1)} sec and counting`,
    keepLog: () => false,
    buildCauses: () => causes(session),
    changeSets: () => [],
    previousBuild: () => (previous ? previousBuild(previous) : null),
    previousCompletedBuild: () => (previous ? previousBuild(previous) : null),
  }
  return Object.hasOwn(members, name) ? members[name]!() : undefined
}

function previousBuild({ number, result }: { number: number; result: RunResult }): Value {
  return fromJson({ number, result, currentResult: result, id: String(number) })
}
