import type { CallExpr, ClosureExpr, Expr, MapEntry, Stmt } from '../groovy/index.ts'
import type { ArgumentList, BranchDraft, NamedArgument, PostDraft, StepDraft } from './draft.ts'
import type { Reader } from './matching.ts'
import {
  argumentOf,
  bodyPosition,
  callName,
  literalText,
  matchBlock,
  matchCall,
} from './matching.ts'
import { messages } from './messages.ts'
import type { Argument } from './model.ts'
import { postOrder } from './vocabulary.ts'

export function readBranch(name: string, body: ClosureExpr, reader: Reader): BranchDraft {
  const steps = body.body.body.map((stmt) => readStep(stmt, reader))
  return { name, steps, pos: bodyPosition(body) }
}

/** What isn't a step still counts as one: the branch was not left empty. */
function readStep(stmt: Stmt, reader: Reader): StepDraft {
  const call = matchCall(stmt)
  const blank: StepDraft = {
    name: '',
    args: { kind: 'named', entries: [] },
    children: null,
    code: true,
    pos: stmt.pos,
  }
  if (!call) {
    reader.findings.add(stmt.pos, messages.expectedStep())
    return blank
  }
  const name = callName(call, reader)
  const block = matchBlock(stmt)
  const step: StepDraft = { ...blank, name, code: name === 'script' }
  if (step.code) {
    if (!block) reader.findings.add(stmt.pos, messages.stepWithoutBlock('Script'))
    return step
  }
  step.args = argumentList(block ? block.args : call.args, call.named, reader)
  if (block) {
    step.children = block.body.body.body.map((each) => readStep(each, reader))
  }
  return step
}

export function argumentList(args: Expr[], named: MapEntry[], reader: Reader): ArgumentList {
  const [first] = args
  if (named.length > 0) {
    const legacy = named.some(({ key }) => key?.kind === 'literal' && key.raw === '$class')
    if (args.length === 0 && !legacy)
      return { kind: 'named', entries: namedArguments(named, reader) }
    const map: Argument = { expr: named[0]!.value, constant: undefined }
    if (args.length === 0) return { kind: 'single', argument: map }
    return { kind: 'positional', items: [map, ...args.map((arg) => argumentOf(arg, reader))] }
  }
  if (!first) return { kind: 'named', entries: [] }
  if (args.length > 1) {
    return { kind: 'positional', items: args.map((arg) => argumentOf(arg, reader)) }
  }
  if (
    first.kind !== 'map' ||
    first.entries.some(({ key }) => key?.kind === 'literal' && key.raw === '$class')
  ) {
    return { kind: 'single', argument: argumentOf(first, reader) }
  }
  return { kind: 'named', entries: namedArguments(first.entries, reader) }
}

function namedArguments(entries: MapEntry[], reader: Reader): NamedArgument[] {
  return entries.flatMap(({ key, value, pos }) => {
    const text = key ? literalText(key, reader) : null
    return text === null ? [] : [{ key: text, keyPos: pos, argument: argumentOf(value, reader) }]
  })
}

/** `parallel a: { }, b: { }` as the only step of a stage; null when it is anything else. */
export function readParallelStep(stmts: Stmt[], reader: Reader): BranchDraft[] | null {
  const call: CallExpr | null = stmts.length === 1 ? matchCall(stmts[0]!) : null
  if (!call || call.method !== 'parallel' || call.object) return null
  const branches: BranchDraft[] = []
  for (const { key, value, pos } of call.named) {
    const name = key?.kind === 'literal' ? key.raw : ''
    if (value.kind === 'closure') {
      branches.push(readBranch(key ? literalText(key, reader) : name, value, reader))
    } else if (name !== 'failFast') reader.findings.add(pos, messages.expectedClosureOrFailFast())
    else if (value.kind !== 'literal' || value.type !== 'boolean') {
      reader.findings.add(pos, messages.expectedBoolean('failFast'))
    }
  }
  return branches
}

export function readPost(stmt: Stmt, reader: Reader): PostDraft {
  const post: PostDraft = { entries: [], pos: stmt.pos }
  const block = matchBlock(stmt)
  if (!block) {
    reader.findings.add(stmt.pos, messages.expectedBlock())
    return post
  }
  for (const each of block.body.body.body) {
    const condition = matchBlock(each)
    if (!condition) {
      reader.findings.add(each.pos, messages.postNeedsBlocks(postOrder))
      continue
    }
    const { name, body } = condition
    const branch = readBranch('default', body, reader)
    post.entries.push({ condition: name, body, branch, pos: each.pos })
  }
  return post
}
