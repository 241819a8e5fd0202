import type { Position } from '../groovy/index.ts'
import type { ArgumentList } from './draft.ts'
import { nearest } from './findings.ts'
import type { Findings } from './findings.ts'
import { messages } from './messages.ts'
import type { Argument, Directive } from './model.ts'
import type { ParameterModel, ParameterType, SymbolModel, Vocabulary } from './vocabulary.ts'

const JAVA_TYPES: Record<ParameterType, string> = {
  string: 'class java.lang.String',
  int: 'int',
  integer: 'class java.lang.Integer',
  long: 'long',
  boolean: 'boolean',
  unit: 'class java.util.concurrent.TimeUnit',
  list: 'interface java.util.List',
  any: 'class java.lang.Object',
}
const UNITS = ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS']

const NOT_HERE = 'step cannot be used in Declarative Pipelines'

/** Steps that a Declarative file may not call, with Jenkins' reason. */
export const BLOCKED_STEPS: ReadonlyMap<string, string> = new Map([
  ['stage', `The stage ${NOT_HERE}`],
  ['properties', `The properties ${NOT_HERE}`],
  [
    'parallel',
    "The parallel step can only be used as the only top-level step in a stage's step block",
  ],
])
const BLOCKED_CALLS: ReadonlyMap<string, string> = new Map([
  ...BLOCKED_STEPS,
  ['node', 'The node step cannot be called as an argument to a method in Declarative Pipelines'],
])

/** The parameter that may be given without its name. */
function soleRequired(model: SymbolModel): ParameterModel | null {
  const required = model.parameters.filter((parameter) => parameter.required)
  return required.length === 1 ? required[0]! : null
}

/** Checks the arguments of a step or `when` condition, as Jenkins does for anything describable. */
export function validateArguments(
  pos: Position,
  name: string,
  args: ArgumentList,
  model: SymbolModel,
  findings: Findings,
): void {
  if (args.kind === 'named') validateNamed(pos, args.entries, model, findings)
  else if (args.kind === 'positional') {
    findings.add(pos, messages.tooManyUnnamed(name))
  } else {
    const sole = soleRequired(model)
    if (sole) checkType(args.argument, sole.type, null, findings)
    else if (!model.block) findings.add(pos, messages.notSingleRequired())
  }
}

function validateNamed(
  pos: Position,
  entries: (ArgumentList & { kind: 'named' })['entries'],
  model: SymbolModel,
  findings: Findings,
): void {
  const before = findings.list.length
  for (const { key, keyPos, argument } of entries) {
    const parameter = checkName(key, keyPos, model, findings)
    const lone = entries.length === 1 && soleRequired(model) === parameter && !model.block
    if (parameter) checkType(argument, parameter.type, lone ? null : key, findings)
  }
  if (findings.list.length > before) return
  for (const parameter of model.parameters) {
    const missing = parameter.required && !entries.some(({ key }) => key === parameter.name)
    if (missing) findings.add(pos, messages.missingStepParameter(parameter.name))
  }
}

function checkName(
  key: string,
  pos: Position,
  model: SymbolModel,
  findings: Findings,
): ParameterModel | null {
  const found = model.parameters.find((parameter) => parameter.name === key)
  if (found) return found
  const near = nearest(
    key,
    model.parameters.map((parameter) => parameter.name),
  )
  findings.add(pos, messages.invalidStepParameter(key, near))
  return null
}

/** Options, triggers and parameters: `name(a: 1)`, `name('x')`, calls within calls. */
export function validateDirective(
  directive: Directive,
  vocabulary: Vocabulary,
  findings: Findings,
): void {
  validateCall(directive, vocabulary, findings)
  for (const { call } of argumentsIn(directive)) if (call) validateInner(call, vocabulary, findings)
}

/**
 * A call inside another is looked at as a value of that one and then for itself: what is wrong with
 * it is said twice, as Jenkins does.
 */
function validateInner(call: Directive, vocabulary: Vocabulary, findings: Findings): void {
  validateValue(call, vocabulary, findings)
  for (const { call: inner } of argumentsIn(call)) {
    if (inner) validateInner(inner, vocabulary, findings)
  }
}

function validateValue(call: Directive, vocabulary: Vocabulary, findings: Findings): void {
  validateCall(call, vocabulary, findings)
  const reason = BLOCKED_CALLS.get(call.name)
  if (reason) findings.add(call.pos, messages.blockedStep(call.name, reason))
}

/** Said of an option, trigger or parameter, and then of each of its arguments without a name. */
export function validateMixture(directive: Directive, findings: Findings): void {
  const { named, positional, pos } = directive
  if (named.size > 0 && positional.length > 0) findings.add(pos, messages.mixedArguments())
}

const argumentsIn = ({ positional, named }: Directive) => [...positional, ...named.values()]

function validateCall(directive: Directive, vocabulary: Vocabulary, findings: Findings): void {
  const { name, named, positional, pos } = directive
  const model = vocabulary.functions.get(name) ?? vocabulary.steps.get(name)
  if (!model) return
  if (named.size === 0) return validateUnnamed(directive, model, vocabulary, findings)
  for (const _ of positional) findings.add(pos, messages.mixedArguments())
  for (const [key, argument] of named) {
    const parameter = checkName(key, keyPosition(directive, key), model, findings)
    if (parameter) checkValue(argument, parameter.type, key, vocabulary, findings)
  }
}

function validateUnnamed(
  { name, positional, pos }: Directive,
  model: SymbolModel,
  vocabulary: Vocabulary,
  findings: Findings,
): void {
  if (positional.length > 1) {
    findings.add(pos, messages.tooManyUnnamed(name))
    return
  }
  const required = model.parameters.filter((parameter) => parameter.required)
  const [first] = positional
  const [wanted] = required
  if (required.length !== positional.length) {
    // `skipDefaultCheckout()` stands for `skipDefaultCheckout(true)`.
    if (required.length === 1 && !first && wanted?.type === 'boolean') return
    findings.add(pos, messages.wrongArgumentCount(name, required.length, positional.length))
  } else if (first && wanted) checkValue(first, wanted.type, null, vocabulary, findings)
}

function keyPosition(directive: Directive, key: string): Position {
  const entries = directive.expr.kind === 'call' ? directive.expr.named : []
  const found = entries.find((entry) => entry.key?.kind === 'literal' && entry.key.raw === key)
  return found?.pos ?? directive.pos
}

/** A value, or a call that stands for one. */
function checkValue(
  argument: Argument,
  type: ParameterType,
  key: string | null,
  vocabulary: Vocabulary,
  findings: Findings,
): void {
  if (argument.call) validateValue(argument.call, vocabulary, findings)
  else checkType(argument, type, key, findings)
}

/** Text doesn't become a number nor a number text, though Groovy itself would convert them. */
function checkType(
  argument: Argument,
  type: ParameterType,
  key: string | null,
  findings: Findings,
): void {
  const { expr, constant } = argument
  if (expr.kind !== 'literal' || constant === null) return
  const given = typeof constant
  if (!isWrong(argument, type)) return
  const shown = expr.raw
  const java = javaClass(given)
  const message = key
    ? messages.wrongType(JAVA_TYPES[type], key, shown, java)
    : messages.wrongUnnamedType(JAVA_TYPES[type], shown, java)
  findings.add(expr.pos, message)
}

function isWrong({ expr, constant }: Argument, type: ParameterType): boolean {
  switch (type) {
    case 'string':
      return typeof constant === 'boolean' || (expr.kind === 'literal' && expr.type === 'int')
    case 'int':
      return typeof constant !== 'number'
    case 'integer':
    case 'long':
      // A single character counts as its number.
      return typeof constant === 'boolean' || (typeof constant === 'string' && constant.length > 1)
    case 'unit':
      return !(typeof constant === 'string' && UNITS.includes(constant))
    case 'list':
      return true
    case 'boolean':
    case 'any':
      return false
  }
}

function javaClass(given: string): string {
  if (given === 'string') return 'class java.lang.String'
  return given === 'boolean' ? 'class java.lang.Boolean' : 'class java.lang.Integer'
}
