import type { Jenkinsfile } from '../declarative/index.ts'
import { resultOf, type Scope, type Session } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { checkOutSources, onAgent } from './agent.ts'
import { type Course, isSuspension, unsupported } from './context.ts'
import { inEnvironment } from './environment.ts'
import { inOptions } from './options.ts'
import { hasPostFor, runPost } from './post.ts'
import { inStage, runStages } from './stage.ts'

/**
 * Runs a Declarative file: agent → credentials and environment → options → stages, then post, inside
 * the agent where there is one. Throws the first error; the session has the result.
 */
export async function runDeclarative(
  session: Session,
  file: Extract<Jenkinsfile, { kind: 'declarative' }>,
): Promise<void> {
  const { script, pipeline, before, after } = file
  const scope = session.rootScope()
  const { interpreter } = session
  const names = new Set(pipeline.options?.items.map((item) => item.name))
  const course: Course = { pipeline, hasOption: (name) => names.has(name) }
  await interpreter.defineMethods(script, scope)
  await interpreter.runStatements(script, before, scope)
  const flow = new Flow(course)
  await flow.run(scope)
  await interpreter.runStatements(script, after, scope)
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
      await onAgent(this.#course, scope, pipeline.agent, checkOutStage, (onNode) =>
        this.#inside(onNode),
      )
    } catch (error) {
      this.#note(scope, error)
      await this.#post(scope)
    }
    if (this.#failure) throw this.#failure.error
  }

  async #inside(scope: Scope): Promise<Value> {
    const { pipeline } = this.#course
    if (pipeline.tools && pipeline.tools.items.length > 0) {
      throw unsupported('tools { }', 'Tools are taken from the PATH of this machine.')
    }
    return inEnvironment(scope, pipeline.environment, async (inner) => {
      try {
        await inOptions(inner, pipeline.options, (wrapped) =>
          runStages(this.#course, wrapped, pipeline.stages),
        )
      } catch (error) {
        this.#note(inner, error)
      }
      await this.#post(inner)
      return null
    })
  }

  #note(scope: Scope, error: unknown): void {
    if (isSuspension(error)) throw error
    this.#failure ??= { error }
    scope.session.worsen(resultOf(error))
  }

  async #post(scope: Scope): Promise<void> {
    const { post } = this.#course.pipeline
    if (this.#hasPosted || !hasPostFor(post)) return
    this.#hasPosted = true
    await inStage(scope, 'Declarative: Post Actions', 'post', async (inner) => {
      const error = await runPost(inner, post, () => scope.session.result ?? 'SUCCESS')
      if (error !== undefined) this.#failure ??= { error }
    })
  }
}

async function checkOutStage(scope: Scope): Promise<Value> {
  await inStage(scope, 'Declarative: Checkout SCM', 'stage', async (inner) => {
    await checkOutSources(inner)
  })
  return null
}
