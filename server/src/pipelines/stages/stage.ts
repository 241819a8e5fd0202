import type { Input, Stage, When } from '../declarative/index.ts'
import { invokeStep, resultOf, type Scope, SYMBOL } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
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
import { inOptions, optionNames, subdirectoryIn } from './options.ts'
import { hasPostFor, runPost } from './post.ts'
import { inStage } from './stage-block.ts'
import { inTools } from './tools.ts'
import { holds } from './when.ts'

/** Why a stage is skipped, in Jenkins' words. */
interface Skip {
  /** The stage that the reason is told of: stages one after another inside it say its name, too. */
  stage: string
  due: string
  isRestart?: boolean
  /** Of an earlier stage: thrown again by each stage that is skipped for it. */
  error?: unknown
}

/** What becomes of a stage on its way through its layers. */
interface Visit {
  isSkipped: boolean
}

/** Runs stages one after another. After an error the rest is skipped, and the error thrown. */
export async function runStages(
  course: Course,
  scope: Scope,
  stages: Stage[],
  skip?: Skip,
  kind: 'stage' | 'branch' = 'stage',
): Promise<null> {
  let failure: { error: unknown } | undefined
  if (skip?.error !== undefined) failure = { error: skip.error }
  for (const stage of stages) {
    if (course.restart?.stage === stage.name) delete course.restart
    const inherited = skip?.isRestart ? { ...skip, stage: stage.name } : skip
    const reason = inherited ?? skipReason(course, scope, stage, failure)
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

function skipReason(
  course: Course,
  scope: Scope,
  { name: stage }: Stage,
  failure: { error: unknown } | undefined,
): Skip | undefined {
  if (course.restart) {
    const due = `this build restarting at stage "${course.restart.stage}"`
    return { stage, due, isRestart: true }
  }
  if (failure) return { stage, due: 'earlier failure(s)', error: failure.error }
  const isUnstable = scope.session.result === 'UNSTABLE'
  if (isUnstable && course.hasOption('skipStagesAfterUnstable')) {
    return { stage, due: 'earlier stage(s) marking the build as unstable' }
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
    const visit: Visit = { isSkipped: false }
    await withOuterPost(course, scope, stage, visit, () => {
      const axes = course.cell?.one === stage ? course.cell.axes : []
      const overrides = axes.map(([name, value]) => `${name}=${value}`)
      return withVariables(scope, overrides, (inner) => runLayers(course, inner, stage, visit))
    })
  })
}

async function skipStage(course: Course, scope: Scope, stage: Stage, skip: Skip): Promise<void> {
  scope.say(`Stage "${skip.stage}" skipped due to ${skip.due}`)
  if (scope.stage !== undefined) scope.session.stages.close(scope.stage, 'SKIPPED')
  const { work } = stage
  if (work.kind === 'stages') await runStages(course, scope, work.stages, skip)
  if (work.kind === 'parallel' || work.kind === 'matrix') {
    await runParallel(course, scope, stage, skip)
  }
  if (skip.error !== undefined) throw skip.error
}

/** beforeOptions → options → beforeInput → input → beforeAgent → agent → when → environment → work. */
async function runLayers(course: Course, scope: Scope, stage: Stage, visit: Visit): Promise<Value> {
  const { when } = stage
  if (!(await isWanted(scope, when, when?.beforeOptions === true))) {
    return passOver(course, scope, stage, visit)
  }
  return inOptions(scope, stage.options, async (inOption) => {
    visit.isSkipped = false
    const isNow = when?.beforeInput === true && !when.beforeOptions
    if (!(await isWanted(inOption, when, isNow))) return passOver(course, inOption, stage, visit)
    const answers = stage.input ? await askInput(inOption, stage.input) : []
    const within = await withVariables(inOption, answers, (asked) =>
      afterInput(course, asked, stage),
    )
    return within === UNWANTED ? passOver(course, inOption, stage, visit) : within
  })
}

/** What the inner layers come to when the stage's `when` doesn't hold. */
const UNWANTED = 'when conditional'

/** The line stands inside the stage's options, as Jenkins has it, and behind its agent. */
async function passOver(course: Course, scope: Scope, stage: Stage, visit: Visit): Promise<null> {
  visit.isSkipped = true
  await skipStage(course, scope, stage, { stage: stage.name, due: UNWANTED })
  return null
}

/** beforeAgent → agent → when → environment → tools → work. */
async function afterInput(course: Course, asked: Scope, stage: Stage): Promise<Value> {
  const { when } = stage
  const isNow = when?.beforeAgent === true && !when.beforeInput && !when.beforeOptions
  if (!(await isWanted(asked, when, isNow))) return UNWANTED
  const within = { ...course, agent: stage.agent ?? course.agent }
  const withOptions = withStageOptions(course, stage)
  return onAgent(withOptions, asked, stage.agent, checkOutSources, async (on) => {
    if (!(await isWanted(on, when, isChecked(when)))) return UNWANTED
    await inEnvironment(on, stage.environment, (inner) =>
      isFork(stage)
        ? runParallel(within, inner, stage)
        : inTools(within, inner, stage.tools, (ready) =>
            withPost(within, ready, stage, () => runWork(within, ready, stage)),
          ),
    )
    return null
  })
}

const isChecked = (when: When | null) =>
  when !== null && !when.beforeAgent && !when.beforeInput && !when.beforeOptions

/** False where it is the moment of the stage's `when` and that doesn't hold. */
async function isWanted(scope: Scope, when: When | null, isNow: boolean): Promise<boolean> {
  return !when || !isNow || holds(scope, when)
}

function withStageOptions(course: Course, stage: Stage): Course {
  const own = optionNames(stage.options)
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
  visit: Visit,
  work: () => Promise<Value>,
): Promise<Value> {
  return isFork(stage) ? withPost(course, scope, stage, work, visit) : work()
}

/** Runs the work, then the stage's post conditions, whatever came of it. */
async function withPost(
  course: Course,
  scope: Scope,
  stage: Stage,
  work: () => Promise<Value>,
  visit: Visit = { isSkipped: false },
): Promise<Value> {
  const { session } = scope
  let failure: { error: unknown } | undefined
  session.stages.begin(scope.stage)
  try {
    await onAgentOf(course, scope, work)
  } catch (error) {
    if (isSuspension(error)) throw error
    failure = { error }
    session.stages.worsen(scope.stage, resultOf(error))
  }
  const before = { stage: scope.stage, error: failure?.error }
  if (!visit.isSkipped && stage.post && hasPostFor(scope, stage.post, before)) {
    scope.say('Post stage')
    const inPost = scope.inside(scope.nextPath('post'))
    const error = await runPost(course, inPost, stage.post, before)
    if (error !== undefined) failure ??= { error }
  }
  if (failure) throw failure.error
  return null
}

async function runWork(course: Course, scope: Scope, stage: Stage): Promise<Value> {
  const { work } = stage
  if (work.kind === 'steps') {
    try {
      return await runBlock(scope, work.body)
    } finally {
      // What came with the last step is about the steps, not about post.
      scope.interrupts.heed()
    }
  }
  if (work.kind !== 'stages') return null
  const tools = stage.tools ?? course.pipeline.tools
  return runStages({ ...course, tools }, scope, work.stages)
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
    run: (at: Scope) => {
      const own = skip && { ...skip, stage: one.name }
      const { tools } = course.pipeline
      return runStages({ ...course, tools, cell: { one, axes } }, at, [one], own, 'branch')
    },
  }))
  try {
    return await scope.head.aside(() => runBranches(scope, path, branches, failFast))
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
