import {
  fromJson,
  type GroovyClosure,
  GroovyError,
  hostError,
  type Json,
  toJson,
  type Value,
} from '../groovy/index.ts'
import { errorAgain } from './failures.ts'
import { tellRejection } from './rejections.ts'
import type { Scope, ScopeFacts } from './scope.ts'
import type { StepArguments } from './step-arguments.ts'

export type Body = (scope: Scope) => Promise<Value>

export interface Step {
  /** Names of the arguments that may be given without a name, in order. */
  positional?: readonly string[]
  /** Takes a closure. */
  isBlock?: boolean
  /** Refused outside `node`, with Jenkins' words; a function where that hangs on the arguments. */
  needsNode?: boolean | ((args: StepArguments) => boolean)
  /**
   * `leaf`: done once, its result is kept in the journal, it ends when interrupted.
   * `own`: sees to all of that itself, as blocks do.
   */
  kind: 'leaf' | 'own'
  /**
   * Of a leaf that acts on the outside: noted before it begins, so that a server that died inside it
   * reports that instead of doing it twice.
   */
  isOnce?: boolean
  /** No `[Pipeline] name` line. */
  isQuiet?: boolean
  /** What stands in brackets behind its name in that line. */
  label?(args: StepArguments, scope: Scope): string | undefined | Promise<string | undefined>
  run(call: Call): Promise<Value> | Value
}

/** One call of a step. */
export class Call {
  readonly name: string
  readonly scope: Scope
  readonly path: string
  readonly args: StepArguments
  /** The script's own closure; none when the engine calls the step. */
  readonly closure: GroovyClosure | undefined
  readonly #body: Body | undefined
  #lines = 0
  /** Aborted when what is done `once` has to end; the reason is what to throw. */
  signal: AbortSignal = new AbortController().signal

  constructor(
    scope: Scope,
    given: {
      name: string
      path: string
      args: StepArguments
      body: Body | undefined
      closure?: GroovyClosure | undefined
    },
  ) {
    this.scope = scope
    this.name = given.name
    this.path = given.path
    this.args = given.args
    this.#body = given.body
    this.closure = given.closure
  }

  get hasBody(): boolean {
    return this.#body !== undefined
  }

  get session() {
    return this.scope.session
  }

  say(text: string): void {
    this.#lines++
    this.scope.sayOnce(`${this.path}!${this.#lines}`, text)
  }

  /** Does something once: what it came to is kept, and given again when the program runs again. */
  async once(
    run: (signal: AbortSignal) => Promise<Value>,
    { isFoundOut = false, isOnce = false } = {},
  ): Promise<Value> {
    const { journal } = this.session
    const known = journal.get(this.path)
    if (known && known.state !== 'open') return replay(known.state, known.result)
    if (known && isOnce) throw cutOff(this.name)
    const started = known?.startedMs ?? this.session.nowMs()
    if (isOnce) await journal.put(this.path, this.name, 'open', null, started)
    const keep = async (state: 'done' | 'failed', result: unknown) => {
      if (isFoundOut) journal.putLater(this.path, this.name, state, result, started)
      else await journal.put(this.path, this.name, state, result, started)
    }
    try {
      const value = await this.scope.interrupts.during((signal) => {
        this.signal = signal
        return run(signal)
      })
      await keep('done', toJson(value))
      return value
    } catch (thrown) {
      const error = isOfTheSystem(thrown) ? javaErrorOf(thrown) : thrown
      if (error instanceof GroovyError) await keep('failed', kept(error))
      throw error
    }
  }

  /** Runs the block, between `[Pipeline] {` and `[Pipeline] }`; again under `round` for a retry. */
  async body(changes: Partial<ScopeFacts> = {}, round = 1, title = ''): Promise<Value> {
    if (!this.#body) {
      throw hostError('java.lang.IllegalArgumentException', `${this.name} has to be given a body`)
    }
    const path = round === 1 ? this.path : `${this.path}@${round}`
    const scope = this.scope.inside(path, changes)
    scope.mark(`${path}{`, `{${title}`)
    await scope.head.goOn()
    try {
      return await this.#body(scope)
    } catch (error) {
      tellRejection(scope, error)
      throw error
    } finally {
      scope.mark(`${path}}`, '}')
      scope.head.rest()
    }
  }

  /** The closing line of a block. */
  close(): void {
    this.scope.mark(`${this.path}//`, `// ${this.name}`)
  }
}

/** ENOSPC, EACCES, EISDIR …: what a script may catch, as it would the exception there. */
function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code))
}

/** Some have a class of their own in java.nio.file, which tells the path and no more. */
const OF_A_PATH: Record<string, string> = {
  ENOENT: 'NoSuchFileException',
  EACCES: 'AccessDeniedException',
  EEXIST: 'FileAlreadyExistsException',
  ENOTEMPTY: 'DirectoryNotEmptyException',
}
const IN_WORDS: Record<string, string> = {
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EMFILE: 'Too many open files',
}

function javaErrorOf({ code = '', path, message }: NodeJS.ErrnoException): GroovyError {
  if (path !== undefined && Object.hasOwn(OF_A_PATH, code)) {
    return hostError(`java.nio.file.${OF_A_PATH[code]}`, path)
  }
  const words = IN_WORDS[code] ?? message
  if (path === undefined) return hostError('java.io.IOException', words)
  return hostError('java.nio.file.FileSystemException', `${path}: ${words}`)
}

function cutOff(name: string): GroovyError {
  const text =
    `${name}: the server was restarted in the middle of this step. Whether it took effect is not ` +
    'known, so it is not done again.'
  return hostError('hudson.AbortException', text, { isNonresumable: true })
}

interface KeptError {
  className: string
  message: string | null
  data?: unknown
}

function kept(error: GroovyError): KeptError {
  const data = error.thrown.hostData
  return { className: error.className, message: error.groovyMessage, data }
}

function replay(state: 'done' | 'failed', result: unknown): Value {
  if (state === 'done') return fromJson(result as Json)
  const error = result as KeptError
  throw errorAgain(error.className, error.message, error.data)
}
