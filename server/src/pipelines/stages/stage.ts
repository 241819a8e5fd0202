import type { RunResult } from '@madang/api'
import type { Input, Stage, When } from '../declarative/index.ts'
import { invokeStep, resultOf, type Scope, SYMBOL } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { worseOf } from '../model.ts'
import { runBranches } from '../steps/index.ts'
import { checkOutSources, onAgent } from './agent.ts'
import { argumentsOf, type Course, isSuspension, runBlock, textOf, unsupported } from './context.ts'
import { inEnvironment } from './environment.ts'
import { cellsOf } from './matrix.ts'
import { inOptions } from './options.ts'
import { hasPostFor, runPost } from './post.ts'
import { holds } from './when.ts'

/** Why a stage is skipped, in Jenkins' words. */
type Skip = 'earlier failure(s)' | 'earlier stage(s) marking the build as unstable' | 'conditional'

/** Thrown through the layers of a stage whose `when` doesn't hold. */
class Skipped extends Error {}

/** Runs stages one after another. After an error the rest is skipped, and the error thrown. */
export async function runStages(
  course: Course,
  scope: Scope,
  stages: Stage[],
  skip?: Skip,
  kind: 'stage' | 'branch' = 'stage',
): Promise<null> {
  let failure: { error: unknown } | undefined
  for (const stage of stages) {
    const reason = skip ?? skipReason(course, scope, failure !== undefined)
    try {
      await runStage(course, scope, stage, reason, kind)
    } catch (error) {
      if (isSuspension(error)) throw error
      failure ??= { error }
    }
  }
  if (failure) throw failure.error
  return null
}

function skipReason(course: Course, scope: Scope, hasFailed: boolean): Skip | undefined {
  if (hasFailed) return 'earlier failure(s)'
  const isUnstable = scope.session.result === 'UNSTABLE'
  if (isUnstable && course.hasOption('skipStagesAfterUnstable')) {
    return 'earlier stage(s) marking the build as unstable'
  }
  return undefined
}

async function runStage(
  course: Course,
  outer: Scope,
  stage: Stage,
  skip: Skip | undefined,
  kind: 'stage' | 'branch',
): Promise<void> {
  await inStage(outer, stage.name, kind, async (scope) => {
    if (skip) return skipStage(course, scope, stage, skip)
    let failure: { error: unknown } | undefined
    try {
      await runLayers(course, scope, stage)
    } catch (error) {
      if (error instanceof Skipped) return skipStage(course, scope, stage, 'conditional')
      failure = { error }
    }
    if (failure) throw failure.error
  })
}

/** The marks and the place in the tree that make a stage. */
export async function inStage(
  outer: Scope,
  name: string,
  kind: 'stage' | 'branch' | 'post',
  body: (scope: Scope) => Promise<void>,
): Promise<void> {
  const { session } = outer
  const path = outer.nextPath('stage')
  const scope = outer.inside(path, { stage: path })
  session.stages.open(path, name, kind, outer.stage)
  scope.mark(`${path}#`, 'stage')
  scope.mark(`${path}{`, `{ (${name})`)
  let result: RunResult = 'SUCCESS'
  try {
    await body(scope)
  } catch (error) {
    result = resultOf(error)
    if (!isSuspension(error)) session.worsen(result)
    throw error
  } finally {
    if (!session.letGo.signal.aborted) {
      scope.mark(`${path}}`, '}')
      scope.mark(`${path}//`, '// stage')
      session.stages.close(path, result)
    }
  }
}

async function skipStage(course: Course, scope: Scope, stage: Stage, skip: Skip): Promise<void> {
  const due = skip === 'conditional' ? 'when conditional' : skip
  scope.say(`Stage "${stage.name}" skipped due to ${due}`)
  scope.session.stages.close(scope.path, 'SKIPPED')
  const { work } = stage
  const inner = work.kind === 'stages' || work.kind === 'parallel' ? work.stages : []
  if (inner.length > 0) await runStages(course, scope, inner, skip)
}

/** beforeOptions → options → beforeInput → input → beforeAgent → agent → when → environment → work. */
async function runLayers(course: Course, scope: Scope, stage: Stage): Promise<Value> {
  const { when } = stage
  await check(scope, when, when?.beforeOptions === true)
  return inOptions(scope, stage.options, async (inOption) => {
    await check(inOption, when, when?.beforeInput === true && !when.beforeOptions)
    const asked = stage.input ? await askInput(inOption, stage.input) : inOption
    await check(asked, when, when?.beforeAgent === true && !when.beforeInput && !when.beforeOptions)
    const body = async (onNode: Scope) => {
      await check(onNode, when, isChecked(when))
      return withPost(onNode, stage, () =>
        inEnvironment(onNode, stage.environment, (inner) => runWork(course, inner, stage)),
      )
    }
    return onAgent(withStageOptions(course, stage), asked, stage.agent, checkOutSources, body)
  })
}

const isChecked = (when: When | null) =>
  when !== null && !when.beforeAgent && !when.beforeInput && !when.beforeOptions

async function check(scope: Scope, when: When | null, isNow: boolean): Promise<void> {
  if (when && isNow && !(await holds(scope, when))) throw new Skipped()
}

function withStageOptions(course: Course, stage: Stage): Course {
  const own = new Set(stage.options?.items.map((item) => item.name))
  return { ...course, hasOption: (name) => own.has(name) || course.hasOption(name) }
}

/** Runs the work, then the stage's post conditions, whatever came of it. */
async function withPost(scope: Scope, stage: Stage, work: () => Promise<Value>): Promise<Value> {
  const { stages } = scope.session
  let failure: { error: unknown } | undefined
  try {
    await work()
  } catch (error) {
    if (isSuspension(error) || error instanceof Skipped) throw error
    failure = { error }
    stages.worsen(scope.stage, resultOf(error))
    scope.session.worsen(resultOf(error))
  }
  if (hasPostFor(stage.post)) {
    scope.say('Post stage')
    const result = () => {
      const own = stages.result(scope.stage ?? '')
      return own === 'SKIPPED' ? 'SUCCESS' : worseOf('SUCCESS', own)
    }
    const inPost = scope.inside(scope.nextPath('post'))
    const error = await runPost(inPost, stage.post, result)
    if (error !== undefined) failure ??= { error }
  }
  if (failure) throw failure.error
  return null
}

async function runWork(course: Course, scope: Scope, stage: Stage): Promise<Value> {
  if (stage.tools && stage.tools.items.length > 0) {
    throw unsupported('tools { }', 'Tools are taken from the PATH of this machine.')
  }
  const { work } = stage
  if (work.kind === 'steps') return runBlock(scope, work.body)
  if (work.kind === 'stages') return runStages(course, scope, work.stages)
  const inner = work.kind === 'matrix' ? cellsOf(work.matrix) : work.stages.map((one) => ({ one }))
  const failsFast = work.kind === 'matrix' && work.matrix.failFast
  const failFast = stage.failFast || failsFast || course.hasOption('parallelsAlwaysFailFast')
  const path = scope.nextPath('parallel')
  scope.mark(`${path}#`, 'parallel')
  const branches = inner.map(({ one, axes = [] }: { one: Stage; axes?: [string, string][] }) => ({
    name: one.name,
    isStage: true,
    run: (at: Scope) => {
      const environment = at.environment.with(axes)
      const within = at.inside(at.path, { environment })
      return runStages(course, within, [one], undefined, 'branch')
    },
  }))
  try {
    return await runBranches(scope, path, branches, failFast)
  } finally {
    scope.mark(`${path}//`, '// parallel')
  }
}

/** Asks; what the person entered becomes environment of the stage. */
async function askInput(scope: Scope, input: Input): Promise<Scope> {
  const named = new GroovyMap([['message', await textOf(scope, input.message)]])
  for (const name of ['id', 'ok', 'submitter', 'submitterParameter'] as const) {
    const argument = input[name]
    if (argument) named.set(name, await textOf(scope, argument))
  }
  const parameters: Value[] = []
  for (const item of input.parameters?.items ?? []) {
    const { named: members } = await argumentsOf(scope, item)
    parameters.push(new GroovyMap([[SYMBOL, item.name], ...members]))
  }
  named.set('parameters', parameters)
  const ask = { name: 'input', positional: [], named, body: undefined }
  const answer = await invokeStep(scope, ask)
  const submitter = input.submitterParameter && (await textOf(scope, input.submitterParameter))
  const names = parameters.map((entry) => String((entry as GroovyMap).get('name')))
  if (submitter) names.push(submitter)
  if (names.length === 0) return scope
  const values = answer instanceof GroovyMap ? answer : new GroovyMap([[names[0]!, answer]])
  const entries = [...values].map(([key, value]): [string, string] => [String(key), String(value)])
  const environment = scope.environment.with(entries)
  return scope.inside(scope.nextPath('answered'), { environment })
}
