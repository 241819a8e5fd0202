import type { RunResult } from '@madang/api'
import {
  GroovyError,
  type GroovyObject,
  HostObject,
  hostError,
  isThrowable,
  rememberTrace,
  traceOf,
} from '../groovy/index.ts'

const INTERRUPTED = 'org.jenkinsci.plugins.workflow.steps.FlowInterruptedException'

/** What a failed step throws into the script; its message is the log's `ERROR:` line. */
export function abortException(message: string | null): GroovyError {
  return hostError('hudson.AbortException', message)
}

export interface Interruption {
  result: RunResult
  /** A sibling failed: what ends because of it says nothing of the run's result. */
  isFailFast?: boolean
  /** Another job's result, a time that is over: nothing that somebody wanted. It may be tried again. */
  isSoft?: boolean
  /** The path of the `timeout` whose time is over. */
  timeout?: string
  /** As the log tells it: `Timeout has been exceeded`. */
  causes: string[]
}

/** Ends the steps under way: an abort, a timeout, a failed sibling. Scripts may catch it, as in Jenkins. */
export function interruption(result: RunResult, ...causes: string[]): GroovyError {
  return interruptedBy({ result, causes })
}

/** Ends what is under way in the `timeout` at that path. */
export function timeoutInterruption(timeout: string): GroovyError {
  return interruptedBy({ result: 'ABORTED', causes: ['Timeout has been exceeded'], timeout })
}

/** With what scripts ask of it: `e.result`, `e.causes`. */
function interruptedBy(data: Interruption): GroovyError {
  const error = hostError(INTERRUPTED, null, data)
  error.thrown.fields.set('result', data.result)
  error.thrown.fields.set(
    'causes',
    data.causes.map((text) => causeOf(text, data)),
  )
  return error
}

/** The error of a step that was done before a restart, as it was thrown then. */
export function errorAgain(className: string, message: string | null, data: unknown): GroovyError {
  if (className === INTERRUPTED && data) return interruptedBy(data as Interruption)
  return hostError(className, message, data)
}

/** One cause of an interruption as an object that says its kind, the person and a description. */
function causeOf(text: string, data: Interruption): HostObject {
  const user = /^Aborted by (.+)$/.exec(text)?.[1]
  const typeName =
    data.isFailFast === true
      ? 'org.jenkinsci.plugins.workflow.cps.steps.ParallelStep$FailFastCause'
      : data.isSoft === true && data.timeout === undefined
        ? 'org.jenkinsci.plugins.workflow.support.steps.build.DownstreamFailureCause'
        : user === undefined
          ? 'org.jenkinsci.plugins.workflow.steps.TimeoutStepExecution$ExceededTimeout'
          : 'jenkins.model.CauseOfInterruption$UserInterruption'
  return new HostObject({
    typeName,
    get: (name) => {
      if (name === 'shortDescription') return text
      return name === 'user' ? (user ?? null) : undefined
    },
    print: () => text,
  })
}

export function failFastInterruption(cause: string): GroovyError {
  const data: Interruption = { result: 'ABORTED', causes: [cause], isFailFast: true }
  return interruptedBy(data)
}

/** What `build` throws when the other job did not end well: this one ends as that did. */
export function downstreamFailure(result: RunResult, text: string): GroovyError {
  return interruptedBy({ result, causes: [text], isSoft: true })
}

export function interruptionOf(error: unknown): Interruption | undefined {
  if (!(error instanceof GroovyError) || error.className !== INTERRUPTED) return undefined
  const data = error.thrown.hostData as Interruption | undefined
  return data ?? { result: 'ABORTED', causes: [] }
}

/** A step that a restart of the server cut off and that is not done again. */
export function isNonresumable(error: GroovyError): boolean {
  const data = error.thrown.hostData as { isNonresumable?: boolean } | undefined
  return data?.isNonresumable === true
}

/** The server stops: the run stays as it is and goes on after the next start. No script sees this. */
export class Suspended extends Error {
  override name = 'Suspended'
}

/** A second abort while a script pays no heed to the first. No script sees this. */
export class HardAbort extends Error {
  override name = 'HardAbort'
}

/** The script is not to go on, and doesn't see this. */
export class TooManySteps extends Error {
  override name = 'TooManySteps'

  constructor(most: number) {
    super(`This run calls more than ${most} steps (the setting runMostSteps): it is ended here.`)
  }
}

/** The result a run or stage has when this was thrown out of it. */
export function resultOf(error: unknown): RunResult {
  if (error instanceof HardAbort) return 'ABORTED'
  return interruptionOf(error)?.result ?? 'FAILURE'
}

/** What the log says of an error that ends something, as Jenkins prints it. */
export function errorLines(error: unknown): string {
  const interrupted = interruptionOf(error)
  if (interrupted) return interrupted.causes.join('\n')
  if (!(error instanceof GroovyError)) return `ERROR: ${(error as Error).message}`
  if (error.isA('hudson.AbortException')) return `ERROR: ${error.groovyMessage}`
  return stackTrace(error)
}

/** As Jenkins prints a stack trace: the cause comes first, then what failed beside it. */
export function stackTrace(error: GroovyError, prefix = ''): string {
  const { frames, line, isSealed, thrown, caughtIn } = error
  const ownLine = line > 0 && !isSealed ? [`${caughtIn}:${line})`] : []
  const at = [...frames, ...ownLine].map((frame) => `\n${prefix}\tat ${frame}`).join('')
  const beside = suppressedIn(error).map(
    (other) => `${prefix}Also:   ${stackTrace(other, `${prefix}\t\t`)}\n`,
  )
  const cause = thrown.fields.get('cause') ?? null
  if (!isThrowable(cause)) return `${beside.join('')}${error.message}${at}`
  const inner = errorOf(cause)
  // A message that is the cause's own is not said twice.
  const suffix = `: ${inner.message}`
  const said = error.message.endsWith(suffix)
    ? error.message.slice(0, -suffix.length)
    : error.message
  return `${stackTrace(inner, prefix)}\n${beside.join('')}${prefix}Caused: ${said}${at}`
}

const errorOf = (thrown: GroovyObject) => traceOf(thrown) ?? new GroovyError(thrown)

/** Notes errors that happened beside one and are not thrown themselves, as `e.suppressed` has them. */
export function suppress(error: unknown, others: unknown[]): void {
  if (!(error instanceof GroovyError)) return
  const beside = others.filter((other) => other instanceof GroovyError)
  for (const other of beside) rememberTrace(other, other.caughtIn)
  const thrown = beside.map((other) => other.thrown).filter((other) => other !== error.thrown)
  error.thrown.fields.set('suppressed', thrown)
}

function suppressedIn({ thrown }: GroovyError): GroovyError[] {
  const beside = thrown.fields.get('suppressed')
  return Array.isArray(beside) ? beside.filter((other) => isThrowable(other)).map(errorOf) : []
}
