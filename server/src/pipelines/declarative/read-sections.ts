import type { ClosureExpr, Expr, Stmt } from '../groovy/index.ts'
import { messages } from './messages.ts'
import type { Reader } from './matching.ts'
import {
  argumentOf,
  callName,
  directiveOf,
  literalText,
  matchBlock,
  matchCall,
  sourceText,
} from './matching.ts'
import type {
  Agent,
  Argument,
  Directive,
  Environment,
  EnvironmentEntry,
  Input,
  Section,
  Tools,
} from './model.ts'

/** The statements of a section's block; none, with a finding, when it has no block. */
export function sectionBody(stmt: Stmt, name: string, reader: Reader): Stmt[] {
  const block = matchBlock(stmt)
  if (block) return block.body.body.body
  reader.findings.add(stmt.pos, messages.expectedBlockFor(name))
  return []
}

type DirectiveKind = 'options' | 'triggers' | 'parameters' | 'libraries'

const LABELS = {
  options: { label: 'Options', expected: messages.expectedOption },
  triggers: { label: 'Triggers', expected: messages.expectedTrigger },
  parameters: { label: 'Build parameters', expected: messages.expectedBuildParameter },
}

/** `options`, `triggers` or `parameters`. */
export function readDirectives(
  stmt: Stmt,
  kind: Exclude<DirectiveKind, 'libraries'>,
  reader: Reader,
): Section {
  const { label, expected } = LABELS[kind]
  const section: Section = { items: [], pos: stmt.pos }
  for (const each of sectionBody(stmt, kind, reader)) {
    const call = matchCall(each)
    if (call && !matchBlock(each)) {
      section.items.push(directiveOf(call, reader))
      continue
    }
    const map = each.kind === 'expression' && each.expr.kind === 'map'
    const shapeless = map ? messages.mapNotAllowed(label) : expected()
    reader.findings.add(each.pos, call ? messages.cannotHaveBlocks(label) : shapeless)
    // Unreadable, but written: the section is not empty.
    if (each.kind === 'expression') section.items.push(unreadable(each.expr))
  }
  return section
}

function unreadable(expr: Expr): Directive {
  return { name: '', positional: [], named: new Map(), expr, pos: expr.pos }
}

export function readLibraries(stmt: Stmt, reader: Reader): Section {
  const section: Section = { items: [], pos: stmt.pos }
  for (const each of sectionBody(stmt, 'libraries', reader)) {
    const call = matchCall(each)
    const text = sourceText(each, reader)
    if (!call || call.method !== 'lib')
      reader.findings.add(stmt.pos, messages.expectedLibrary(text))
    else if (matchBlock(each)) reader.findings.add(each.pos, messages.cannotHaveBlocks('Libraries'))
    else if (call.named.length > 0 || call.args.length !== 1) {
      reader.findings.add(call.pos, messages.expectedLibrary(text))
    } else section.items.push(directiveOf(call, reader))
  }
  return section
}

export function readTools(stmt: Stmt, reader: Reader): Tools {
  const tools: Tools = { items: [], pos: stmt.pos }
  for (const each of sectionBody(stmt, 'tools', reader)) {
    const call = matchCall(each)
    if (!call) {
      reader.findings.add(stmt.pos, messages.expectedTool())
      continue
    }
    const type = callName(call, reader)
    const count = call.args.length + (call.named.length > 0 ? 1 : 0)
    if (count === 0) reader.findings.add(call.namePos, messages.noArgForTool(type))
    else if (count > 1) reader.findings.add(call.namePos, messages.tooManyArgsForTool(type))
    else if (call.args[0]) {
      tools.items.push({ type, version: argumentOf(call.args[0], reader), pos: call.namePos })
    }
  }
  return tools
}

export function readEnvironment(stmt: Stmt, reader: Reader): Environment {
  const environment: Environment = { entries: [], pos: stmt.pos }
  let bad = false
  for (const each of sectionBody(stmt, 'environment', reader)) {
    const assigned = each.kind === 'expression' && each.expr.kind === 'assign' ? each.expr : null
    if (!assigned || assigned.op !== '=' || assigned.target.kind === 'property') {
      if (each.kind === 'expression' || each.kind === 'declare') badEntry(each, reader)
      bad = true
      continue
    }
    const name = literalText(assigned.target, reader)
    if (environment.entries.some((entry) => entry.name === name)) {
      reader.findings.add(assigned.target.pos, messages.duplicateEnvVar(name))
      continue
    }
    const entry = environmentValue(name, assigned.value, reader)
    if (entry) environment.entries.push({ ...entry, pos: assigned.target.pos })
  }
  if (bad) reader.findings.add(stmt.pos, messages.expectedPairs())
  return environment
}

function badEntry(stmt: Stmt, reader: Reader): void {
  const text = sourceText(stmt, reader)
  const message = text.includes('=')
    ? messages.invalidEnvName(text.split('=')[0]!.trim())
    : messages.invalidEnvIdentifier(text)
  reader.findings.add(stmt.pos, message)
}

function environmentValue(
  name: string,
  value: Expr,
  reader: Reader,
): Omit<EnvironmentEntry, 'pos'> | null {
  const plain = { name, value, credentials: null }
  switch (value.kind) {
    case 'literal':
    case 'gstring':
      return plain
    case 'call': {
      if (value.method !== 'credentials' || value.object) {
        argumentOf(value, reader)
        return plain
      }
      const [id] = value.args
      if (id?.kind === 'gstring' || (id?.kind === 'literal' && value.args.length === 1)) {
        return { ...plain, credentials: id }
      }
      reader.findings.add(value.pos, messages.invalidFunctionArgument())
      return null
    }
    case 'binary': {
      if (value.op === '+') return concatenates(value, reader) ? plain : null
      reader.findings.add(value.pos, messages.invalidEnvOperation())
      return null
    }
    default:
      reader.findings.add(value.pos, messages.invalidEnvValue())
      return null
  }
}

/** `'a' + "b" + 'c'`. False when another operator is among them; a wrong operand is a finding. */
function concatenates(expr: Expr & { kind: 'binary' }, reader: Reader): boolean {
  const { left, right } = expr
  if (left.kind === 'binary') {
    if (left.op !== '+') {
      reader.findings.add(left.pos, messages.invalidEnvOperation())
      return false
    }
    if (!concatenates(left, reader)) return false
  } else expectQuoted(left, reader)
  expectQuoted(right, reader)
  return true
}

function expectQuoted(expr: Expr, reader: Reader): void {
  if (expr.kind === 'literal' || expr.kind === 'gstring') return
  reader.findings.add(expr.pos, messages.invalidEnvConcat())
}

/** Null when nothing usable was written; a finding says why. */
export function readAgent(stmt: Stmt, reader: Reader): Agent | null {
  const block = matchBlock(stmt)
  if (block) return agentBlock(stmt, block.body, reader)
  const call = matchCall(stmt)
  const fail = (message: string) => {
    reader.findings.add(stmt.pos, message)
    return null
  }
  if (!call) return fail(messages.expectedAgent())
  const count = call.args.length + (call.named.length > 0 ? 1 : 0)
  if (count === 0) return fail(messages.noArgForAgent())
  const [arg] = call.args
  if (count > 1 || !arg) return fail(messages.invalidAgent())
  const type = literalText(arg, reader)
  if (type !== 'any' && type !== 'none') return fail(messages.invalidAgent())
  return { type, value: null, options: new Map(), pos: arg.pos, sectionPos: stmt.pos }
}

function agentBlock(stmt: Stmt, body: ClosureExpr, reader: Reader): Agent | null {
  const statements = body.body.body
  if (statements.length !== 1) {
    const message = statements.length === 0 ? messages.expectedAgent() : messages.oneAgentMax()
    reader.findings.add(stmt.pos, message)
    return null
  }
  const call = matchCall(statements[0]!)
  if (!call) {
    reader.findings.add(stmt.pos, messages.expectedAgent())
    return null
  }
  const type = callName(call, reader)
  const sectionPos = stmt.pos
  const agent: Agent = { type, value: null, options: new Map(), pos: call.namePos, sectionPos }
  const [arg] = call.args
  const count = call.args.length + (call.named.length > 0 ? 1 : 0)
  if (count === 0) reader.findings.add(call.namePos, messages.noArgForKey(type))
  else if (count > 1) reader.findings.add(call.namePos, messages.tooManyArgsForKey(type))
  else if (arg?.kind === 'closure') {
    agent.options = settings(arg, reader)
    agent.hasBlock = true
    // A label with more settings is what Jenkins calls `node`.
    if (type === 'label') agent.type = 'node'
  } else if (arg) agent.value = argumentOf(arg, reader)
  return agent
}

/** `key value` lines of a block; a nested block stays one value. */
function settings(body: ClosureExpr, reader: Reader): Map<string, Argument> {
  const out = new Map<string, Argument>()
  for (const stmt of body.body.body) {
    const call = matchCall(stmt)
    if (!call) {
      reader.findings.add(body.pos, messages.expectedMapMethod())
      continue
    }
    const key = callName(call, reader)
    const [arg] = call.args
    const count = call.args.length + (call.named.length > 0 ? 1 : 0)
    if (count === 0) reader.findings.add(call.namePos, messages.noArgForKey(key))
    else if (count > 1) reader.findings.add(call.namePos, messages.tooManyArgsForKey(key))
    else if (arg) {
      const value =
        arg.kind === 'closure' ? { expr: arg, constant: undefined } : argumentOf(arg, reader)
      out.set(key, { ...value, keyPos: call.namePos })
    }
  }
  return out
}

const INPUT_FIELDS = ['message', 'id', 'ok', 'submitter', 'submitterParameter'] as const

/** Null when it has no message; the validator says so. */
export function readInput(stmt: Stmt, reader: Reader): Input | null {
  const seen = new Set<string>()
  const fields = new Map<string, Argument>()
  let parameters: Section | null = null
  for (const each of sectionBody(stmt, 'input', reader)) {
    const call = matchCall(each)
    if (!call) {
      reader.findings.add(stmt.pos, messages.invalidSection(sourceText(each, reader)))
      continue
    }
    const name = callName(call, reader)
    if (seen.has(name)) reader.findings.add(stmt.pos, messages.multipleOfSection(name))
    seen.add(name)
    const count = call.args.length + (call.named.length > 0 ? 1 : 0)
    if (count === 0) reader.findings.add(call.namePos, messages.noArgForField(name))
    else if (count > 1) reader.findings.add(call.namePos, messages.tooManyArgsForField(name))
    else if (name === 'parameters') parameters = readDirectives(each, 'parameters', reader)
    else if (!INPUT_FIELDS.some((field) => field === name)) {
      reader.findings.add(call.namePos, messages.invalidInputField(name))
    } else if (call.args[0]) fields.set(name, argumentOf(call.args[0], reader))
  }
  const field = (name: string) => fields.get(name) ?? null
  const message = fields.get('message')
  if (!message) return null
  const [id, ok, submitter] = [field('id'), field('ok'), field('submitter')]
  const submitterParameter = field('submitterParameter')
  return { message, id, ok, submitter, submitterParameter, parameters, pos: stmt.pos }
}
