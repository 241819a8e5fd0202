import type { Input, Stage, When } from '../declarative/index.ts'
import { invokeStep, resultOf, type Scope, SYMBOL } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { worseOf } from '../model.ts'
import { runBranches } from '../steps/index.ts'
import { checkOutSources, onAgent } from './agent.ts'
import {
  argumentsOf,
  type Course,
  isSuspension,
  onAgentOf,
  runBlock,
  textOf,
  withVariables,
} from './context.ts'
import { inEnvironment } from './environment.ts'
import { cellsOf } from './matrix.ts'
import { inOptions, subdirectoryIn } from './options.ts'
import { hasPostFor, runPost } from './post.ts'
import { inStage } from './stage-block.ts'
import { inTools } from './tools.ts'
import { holds } from './when.ts'

/** Why a stage is skipped, in Jenkins' words. */
type Skip =
  | 'earlier failure(s)'
  | 'earlier stage(s) marking the build as unstable'
  | 'conditional'
  | `this build restarting at stage "${string}"`

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
    if (course.restart?.stage === stage.name) delete course.restart
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
  if (course.restart) return `this build restarting at stage "${course.restart.stage}"`
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
    try {
      await withOuterPost(course, scope, stage, () => {
        const axes = course.cell?.one === stage ? course.cell.axes : []
        const overrides = axes.map(([name, value]) => `${name}=${value}`)
        return withVariables(scope, overrides, (inner) => runLayers(course, inner, stage))
      })
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      await skipStage(course, scope, stage, 'conditional')
    }
  })
}

async function skipStage(course: Course, scope: Scope, stage: Stage, skip: Skip): Promise<void> {
  const due = skip === 'conditional' ? 'when conditional' : skip
  scope.say(`Stage "${stage.name}" skipped due to ${due}`)
  scope.session.stages.close(scope.path, 'SKIPPED')
  const { work } = stage
  if (work.kind === 'stages') await runStages(course, scope, work.stages, skip)
  if (work.kind === 'parallel' || work.kind === 'matrix') {
    await runParallel(course, scope, stage, skip).catch((error: unknown) => {
      if (!(error instanceof Skipped)) throw error
    })
  }
}

/** beforeOptions → options → beforeInput → input → beforeAgent → agent → when → environment → work. */
async function runLayers(course: Course, scope: Scope, stage: Stage): Promise<Value> {
  const { when } = stage
  await check(scope, when, when?.beforeOptions === true)
  return inOptions(scope, stage.options, async (inOption) => {
    await check(inOption, when, when?.beforeInput === true && !when.beforeOptions)
    const answers = stage.input ? await askInput(inOption, stage.input) : []
    return withVariables(inOption, answers, (asked) => afterInput(course, asked, stage))
  })
}

/** beforeAgent → agent → when → environment → tools → work. */
async function afterInput(course: Course, asked: Scope, stage: Stage): Promise<Value> {
  const { when } = stage
  await check(asked, when, when?.beforeAgent === true && !when.beforeInput && !when.beforeOptions)
  const within = { ...course, agent: stage.agent ?? course.agent }
  return onAgent(
    withStageOptions(course, stage),
    asked,
    stage.agent,
    checkOutSources,
    async (on) => {
      await check(on, when, isChecked(when))
      return inEnvironment(on, stage.environment, (inner) =>
        inTools(within, inner, stage.tools, (ready) =>
          isFork(stage)
            ? runParallel(within, ready, stage)
            : withPost(within, ready, stage, () => runWork(within, ready, stage)),
        ),
      )
    },
  )
}

const isChecked = (when: When | null) =>
  when !== null && !when.beforeAgent && !when.beforeInput && !when.beforeOptions

async function check(scope: Scope, when: When | null, isNow: boolean): Promise<void> {
  if (when && isNow && !(await holds(scope, when))) throw new Skipped()
}

function withStageOptions(course: Course, stage: Stage): Course {
  const own = new Set(stage.options?.items.map((item) => item.name))
  return {
    ...course,
    hasOption: (name) => own.has(name) || course.hasOption(name),
    subdirectory: subdirectoryIn(stage.options) ?? course.subdirectory,
  }
}

const isFork = ({ work }: Stage) => work.kind === 'parallel' || work.kind === 'matrix'

/** Post of a stage of parallel ones is run outside its environment, as Jenkins does. */
async function withOuterPost(
  course: Course,
  scope: Scope,
  stage: Stage,
  work: () => Promise<Value>,
): Promise<Value> {
  return isFork(stage) ? withPost(course, scope, stage, work) : work()
}

/** Runs the work, then the stage's post conditions, whatever came of it. */
async function withPost(
  course: Course,
  scope: Scope,
  stage: Stage,
  work: () => Promise<Value>,
): Promise<Value> {
  const { session } = scope
  let failure: { error: unknown } | undefined
  session.stages.begin(scope.stage)
  try {
    await onAgentOf(course, scope, work)
  } catch (error) {
    if (isSuspension(error) || error instanceof Skipped) throw error
    failure = { error }
    session.stages.worsen(scope.stage, resultOf(error))
  }
  const result = () => {
    const own = session.stages.result(scope.stage ?? '')
    return own === 'SKIPPED' ? 'SUCCESS' : worseOf('SUCCESS', own)
  }
  if (stage.post && hasPostFor(scope, stage.post, result)) {
    scope.say('Post stage')
    const inPost = scope.inside(scope.nextPath('post'))
    // Post sees the failure; the run has it only when nothing around the stage tries again.
    const error = await session.standing(result(), () =>
      runPost(course, inPost, stage.post!, result),
    )
    if (error !== undefined) failure ??= { error }
  }
  if (failure) throw failure.error
  return null
}

async function runWork(course: Course, scope: Scope, stage: Stage): Promise<Value> {
  const { work } = stage
  if (work.kind === 'steps') return runBlock(scope, work.body)
  return work.kind === 'stages' ? runStages(course, scope, work.stages) : null
}

/** The stages of `parallel` or the cells of `matrix`, side by side. */
async function runParallel(
  course: Course,
  scope: Scope,
  stage: Stage,
  skip?: Skip,
): Promise<Value> {
  const { work } = stage
  const failsFast = work.kind === 'matrix' && work.matrix.failFast
  const failFast = stage.failFast || failsFast || course.hasOption('parallelsAlwaysFailFast')
  const path = scope.nextPath('parallel')
  scope.mark(`${path}#`, 'parallel')
  const branches = branchesOf(stage).map(({ one, axes = [] }) => ({
    name: one.name,
    isStage: true,
    run: async (at: Scope) => {
      await runStages({ ...course, cell: { one, axes } }, at, [one], skip, 'branch')
      // As Jenkins: the earlier failure is thrown in each of the branches again.
      if (skip === 'earlier failure(s)') throw new Skipped()
      return null
    },
  }))
  try {
    return await runBranches(scope, path, branches, failFast)
  } finally {
    scope.mark(`${path}//`, '// parallel')
  }
}

function branchesOf({ work }: Stage): { one: Stage; axes?: [string, string][] }[] {
  if (work.kind === 'matrix') return cellsOf(work.matrix)
  return work.kind === 'parallel' ? work.stages.map((one) => ({ one })) : []
}

/** Asks; what the person entered becomes environment of the stage. */
async function askInput(scope: Scope, input: Input): Promise<string[]> {
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
  if (names.length === 0) return []
  const values = answer instanceof GroovyMap ? answer : new GroovyMap([[names[0]!, answer]])
  return [...values].map(([key, value]) => `${String(key)}=${String(value)}`)
}
