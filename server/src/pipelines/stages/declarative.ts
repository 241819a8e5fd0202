import { parseColumn } from '../../kernel/index.ts'
import type { Jenkinsfile, Pipeline } from '../declarative/index.ts'
import { invokeStep, type Scope } from '../engine/index.ts'
import { GroovyMap, hostError, type Value } from '../groovy/index.ts'
import { checkOutSources, onAgent } from './agent.ts'
import { type Course, isSuspension, textOf } from './context.ts'
import { inEnvironment } from './environment.ts'
import { inOptions, optionNames, subdirectoryIn } from './options.ts'
import { hasPostFor, runPost } from './post.ts'
import { describeJob, refuseBadProperties } from './properties.ts'
import { runStages } from './stage.ts'
import { inStage } from './stage-block.ts'
import { inTools } from './tools.ts'

/**
 * Runs a Declarative file: agent → credentials and environment → options → tools → stages, then post,
 * inside all of these where they were reached. Throws the first error; the session has the result.
 */
export async function runDeclarative(
  scope: Scope,
  file: Extract<Jenkinsfile, { kind: 'declarative' }>,
): Promise<void> {
  const { script, before, after } = file
  const { interpreter } = scope.session
  await interpreter.defineMethods(script, scope)
  await interpreter.runStatements(script, before, scope)
  await runPipeline(scope, file)
  await interpreter.runStatements(script, after, scope)
}

/** Runs one `pipeline { }`; a run may have no second one. */
export async function runPipeline(scope: Scope, file: { pipeline: Pipeline }): Promise<void> {
  const { session } = scope
  if (session.hasPipeline) {
    const text = 'Only one pipeline { ... } block can be executed in a single run'
    throw hostError('java.lang.IllegalStateException', text)
  }
  session.hasPipeline = true
  const { pipeline } = file
  // What these sections hold is made before anything runs: an error in them leaves no post to run.
  await refuseBadProperties(scope, pipeline)
  await describeJob(scope, pipeline)
  const names = optionNames(pipeline.options)
  const { agent, tools } = pipeline
  const restart = parseColumn<{ stage: string } | null>(scope.session.record.restart ?? 'null')
  const hasOption = (name: string) => names.has(name)
  const subdirectory = subdirectoryIn(pipeline.options)
  const course: Course = {
    pipeline,
    agent,
    tools,
    hasOption,
    subdirectory,
    restart: restart ?? undefined,
  }
  await new Flow(course).run(scope)
}

async function loadLibraries(scope: Scope, { libraries }: Pipeline): Promise<void> {
  for (const { positional } of libraries?.items ?? []) {
    if (!positional[0]) continue
    const named = new GroovyMap([['identifier', await textOf(scope, positional[0])]])
    await invokeStep(scope, { name: 'library', positional: [], named, body: undefined })
  }
}

/** Keeps what happened, so that post runs once, inside the agent when that was reached. */
class Flow {
  readonly #course: Course
  #failure: { error: unknown } | undefined
  #hasPosted = false

  constructor(course: Course) {
    this.#course = course
  }

  async run(scope: Scope): Promise<void> {
    const { pipeline } = this.#course
    try {
      await loadLibraries(scope, pipeline)
      await onAgent(this.#course, scope, pipeline.agent, checkOutStage, (onNode) =>
        this.#inside(onNode),
      )
    } catch (error) {
      this.#note(error)
      if (!this.#hasPosted) await this.#post(scope)
    }
    if (this.#failure) throw this.#failure.error
  }

  /** Post runs inside the options and the tools; what fails is thrown through the options. */
  async #inside(scope: Scope): Promise<Value> {
    const { pipeline } = this.#course
    const { environment, options, tools, stages } = pipeline
    return inEnvironment(scope, environment, (inner) =>
      inOptions(inner, options, async (wrapped) => {
        // With `retry` among the options this is another round.
        this.#failure = undefined
        await inTools(this.#course, wrapped, tools, async (ready) => {
          try {
            await runStages(this.#course, ready, stages)
          } catch (error) {
            this.#note(error)
          }
          this.#hasPosted = true
          await this.#post(ready)
          return null
        })
        if (this.#failure) throw (this.#failure as { error: unknown }).error
        return null
      }),
    )
  }

  #note(error: unknown): void {
    if (isSuspension(error)) throw error
    this.#failure ??= { error }
  }

  async #post(scope: Scope): Promise<void> {
    const { post } = this.#course.pipeline
    const before = { error: this.#failure?.error }
    if (!post || !hasPostFor(scope, post, before)) return
    await inStage(scope, 'Declarative: Post Actions', 'post', async (inner) => {
      const error = await runPost(this.#course, inner, post, before)
      if (error !== undefined) this.#failure ??= { error }
    })
  }
}

async function checkOutStage(scope: Scope): Promise<Value> {
  let found: Value = null
  await inStage(scope, 'Declarative: Checkout SCM', 'stage', async (inner) => {
    found = await checkOutSources(inner)
  })
  return found
}
