import type { Script } from './ast.ts'

/** A file of a shared library's `src`, with the full name its place gives it. */
export interface ClassFile {
  name: string
  ast: Script
}
