import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { RunResult } from '@madang/api'
import { describeErrors, type Jenkinsfile, parseJenkinsfile } from './declarative/index.ts'
import {
  errorLines,
  HardAbort,
  hostOf,
  loadLibraries,
  interruptionOf,
  resultOf,
  type Scope,
  type Session,
  Suspended,
  tellRejection,
  TooManySteps,
} from './engine/index.ts'
import {
  classFindings,
  createInterpreter,
  GroovyError,
  type SourceFinding,
} from './groovy/index.ts'
import { sourceOf } from './model.ts'
import { endLeftovers } from './shell/index.ts'
import { removeContainer } from './steps/index.ts'
import { runDeclarative } from './stages/index.ts'

/** Runs a run from its beginning to its end; `undefined` when the server stopped in the middle. */
export async function driveRun(session: Session): Promise<RunResult | undefined> {
  const file = parseJenkinsfile(session.record.jenkinsfile)
  begin(session)
  try {
    await runFile(session, file)
  } catch (error) {
    // The server stops, whatever came of that: the run is taken up again as it was.
    if (error instanceof Suspended || session.letGo.signal.aborted) return undefined
    fail(session, error)
  }
  if (session.letGo.signal.aborted) return undefined
  const result = session.result ?? 'SUCCESS'
  session.stages.closeAll(result)
  say(session, 'finished', `Finished: ${result}`)
  return result
}

function begin(session: Session): void {
  say(session, 'started', session.cause.text)
  const { repo, path } = sourceOf(session.record)
  if (repo !== null) say(session, 'obtained', `Obtained ${path} from ${session.record.commit_sha}`)
}

async function runFile(session: Session, file: Jenkinsfile): Promise<void> {
  if (file.findings.length > 0) return refuse(session, file.findings)
  const interpreter = createInterpreter(hostOf(session))
  session.interpreter = interpreter
  const root = session.rootScope()
  if (!(await hasLibraries(session, root, librariesIn(file)))) return
  const isKnown = (name: string) => interpreter.classNamed(name) !== undefined
  const missing = classFindings(file.script, isKnown)
  if (missing.length > 0) return refuse(session, missing)
  mark(session, 'start', 'Start of Pipeline')
  try {
    if (file.kind === 'declarative') await runDeclarative(root, file)
    else await session.interpreter.runScript(file.script, root)
  } catch (error) {
    tellRejection(root, error)
    throw error
  } finally {
    if (!session.letGo.signal.aborted) mark(session, 'end', 'End of Pipeline')
  }
}

/** A file that doesn't compile. */
function refuse(session: Session, findings: readonly SourceFinding[]): void {
  const text = describeErrors(findings, session.record.jenkinsfile)
  const kind = 'org.codehaus.groovy.control.MultipleCompilationErrorsException'
  say(session, 'findings', `${kind}: ${text.trimEnd()}`)
  session.worsen('FAILURE')
}

/** The libraries of annotations; the file doesn't compile without them. */
async function hasLibraries(session: Session, root: Scope, names: string[]): Promise<boolean> {
  try {
    await loadLibraries(root, names)
    return true
  } catch (error) {
    if (!(error instanceof GroovyError)) throw error
    say(session, 'library', errorLines(error))
    const kind = 'org.codehaus.groovy.control.MultipleCompilationErrorsException'
    const text = 'startup failed:\nWorkflowScript: Loading libraries failed\n\n1 error'
    say(session, 'findings', `${kind}: ${text}`)
    session.worsen('FAILURE')
    return false
  }
}

/** `@Library('name@version')`, one or a list of them. */
function librariesIn({ script }: Jenkinsfile): string[] {
  return script.annotations
    .filter(({ name }) => name === 'Library')
    .flatMap(({ args }) => args.map(({ value }) => value))
    .flatMap((value) => (value.kind === 'list' ? value.items : [value]))
    .flatMap((value) => (value.kind === 'literal' ? [value.raw] : []))
}

function fail(session: Session, error: unknown): void {
  session.worsen(resultOf(error))
  const text = errorLines(error)
  if (text !== '') say(session, 'error', text)
  const known = [GroovyError, HardAbort, TooManySteps].some((kind) => error instanceof kind)
  if (!known && !interruptionOf(error))
    session.kernel.log.error('pipelines.run', { run: session.record.id, error })
}

function say(session: Session, key: string, text: string): void {
  session.log.append(`${session.masks.apply(text)}\n`, { key: `run:${key}` })
}

function mark(session: Session, key: string, text: string): void {
  session.log.append(`[Pipeline] ${text}\n`, { key: `run:${key}` })
}

/** Removes what only a run under way needs. */
export async function tidyRun(session: Session, keepsStashes: boolean): Promise<void> {
  await endLeftovers(session.record.id)
  await session.parts.agents.forget(session.record.id)
  // Blocks that were cut short by force have not stopped their containers.
  for (const id of session.journal.begun('withDockerContainer')) await removeContainer(String(id))
  for (const name of ['steps', 'masks', ...(keepsStashes ? [] : ['stashes'])]) {
    const folder = session.file(name)
    if (existsSync(folder)) await rm(folder, { recursive: true, force: true })
  }
}
