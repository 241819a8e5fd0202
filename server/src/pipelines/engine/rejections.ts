import { GroovyError } from '../groovy/index.ts'
import type { Scope } from './scope.ts'

const REJECTED = 'org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException'
const told = new WeakSet<object>()

/** When a refused signature leaves the block it was used in, Jenkins says so once, with what to do. */
export function tellRejection(scope: Scope, error: unknown): void {
  if (!(error instanceof GroovyError) || error.className !== REJECTED) return
  if (told.has(error.thrown)) return
  told.add(error.thrown)
  const text = error.groovyMessage ?? ''
  const advice = 'Administrators can decide whether to approve or reject this signature.'
  scope.sayOnce(`${scope.path}!rejected`, `${text}. ${advice}`)
}
