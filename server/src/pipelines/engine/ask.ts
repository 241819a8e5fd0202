import type { GroovyClosure, GroovyError, GroovyMap, Value } from '../groovy/index.ts'
import type { Body } from './step.ts'

/** A step that is called, by a script or by a Declarative stage. */
export interface Ask {
  name: string
  positional: Value[]
  named: GroovyMap
  body: Body | undefined
  /** What the script gave as the body. */
  closure?: GroovyClosure | undefined
  /** Arguments that the script put together from variables. */
  interpolated?: string[] | undefined
  /** What the log is told once the step has begun. */
  warning?: string | undefined
  /** What it fails with once it has begun. */
  unsaved?: GroovyError | undefined
  /** Another step stands for it in the log. */
  isQuiet?: boolean
}
