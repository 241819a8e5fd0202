import type { Expr, SourceFinding, Stmt } from './ast.ts'
import { isPlain } from './class-facts.ts'
import { partsOf } from './parts.ts'

// What Pipeline's transformation of a script refuses, before anything runs: constructs of Groovy it
// doesn't know, and jumps without a loop. `@NonCPS` methods aren't transformed; their jumps are looked
// at all the same. Texts and places as Jenkins gives them.

/** What a jump may leave. */
interface Around {
  loop: boolean
  choice: boolean
  isTransformed: boolean
}

const NOWHERE: Around = { loop: false, choice: false, isTransformed: true }

const MOST_ITEMS = 250
const MOST_ENTRIES = 125

export function transformFindings(body: readonly Stmt[]): SourceFinding[] {
  const findings: SourceFinding[] = []
  for (const stmt of body) look(stmt, NOWHERE, findings)
  return findings
}

function look(item: unknown, around: Around, findings: SourceFinding[]): void {
  if (typeof item !== 'object' || item === null) return
  if (Array.isArray(item)) {
    for (const each of item) look(each, around, findings)
    return
  }
  const node = item as Stmt | Expr
  const inner = insideOf(node, around)
  const message = refusal(node, around)
  if (message !== undefined && 'pos' in node) {
    findings.push({ message, line: node.pos.line, column: node.pos.column })
  }
  const parts = item as Record<string, unknown>
  for (const name of partsOf(item)) look(parts[name], inner, findings)
}

function insideOf(node: Stmt | Expr, around: Around): Around {
  switch (node.kind) {
    case 'for':
    case 'forIn':
    case 'while':
      return { ...around, loop: true }
    case 'switch':
      return { ...around, choice: true }
    case 'method':
      return { ...NOWHERE, isTransformed: !isPlain(node) }
    case 'class':
      return NOWHERE
    default:
      return around
  }
}

function refusal(node: Stmt | Expr, around: Around): string | undefined {
  if (node.kind === 'break' && !around.loop && !around.choice) {
    return 'the break statement is only allowed inside loops or switches'
  }
  if (node.kind === 'continue' && !around.loop) {
    return 'the continue statement is only allowed inside loops'
  }
  return around.isTransformed ? untransformed(node) : undefined
}

function untransformed(node: Stmt | Expr): string | undefined {
  switch (node.kind) {
    case 'call':
      // Of properties (`list*.name`) it knows the spread.
      return node.object !== null && node.style === '*.'
        ? 'spread not yet supported for CPS transformation'
        : undefined
    case 'binary':
      return node.op === '===' || node.op === '!=='
        ? 'Unsupported operation in this context'
        : undefined
    case 'list':
      return node.items.length > MOST_ITEMS
        ? `List expressions can only contain up to ${MOST_ITEMS} elements`
        : undefined
    case 'map':
      return node.entries.length > MOST_ENTRIES
        ? `Map expressions can only contain up to ${MOST_ENTRIES} entries`
        : undefined
    default:
      return undefined
  }
}
