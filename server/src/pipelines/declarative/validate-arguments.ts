import type { Position } from '../groovy/index.ts'
import type { ArgumentList } from './draft.ts'
import { nearest } from './findings.ts'
import type { Findings } from './findings.ts'
import { messages } from './messages.ts'
import type { Argument, Directive } from './model.ts'
import type { ParameterModel, ParameterType, SymbolModel } from './vocabulary.ts'

const JAVA_TYPES: Record<ParameterType, string> = {
  string: 'class java.lang.String',
  int: 'int',
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
  models: ReadonlyMap<string, SymbolModel>,
  findings: Findings,
): void {
  const { name, named, positional, pos } = directive
  for (const { expr } of [...named.values(), ...positional]) {
    const call = expr.kind === 'call' && typeof expr.method === 'string' ? expr.method : ''
    const reason = BLOCKED_CALLS.get(call)
    if (reason) findings.add(expr.pos, messages.blockedStep(call, reason))
  }
  if (named.size > 0 && positional.length > 0) {
    findings.add(pos, messages.mixedArguments())
    return
  }
  const model = models.get(name)
  if (!model) return
  for (const [key, argument] of named) {
    const parameter = checkName(key, keyPosition(directive, key), model, findings)
    if (parameter) checkNested(argument, parameter.type, key, models, findings)
  }
  if (named.size > 0) return
  if (positional.length > 1) {
    findings.add(pos, messages.tooManyUnnamed(name))
    return
  }
  const required = model.parameters.filter((parameter) => parameter.required)
  const optionalFlag =
    required.length === 0 && positional.length === 1 && model.parameters.length === 1
  if (required.length !== positional.length && !optionalFlag) {
    findings.add(pos, messages.wrongArgumentCount(name, required.length, positional.length))
    return
  }
  const [first] = positional
  if (first && required[0]) checkNested(first, required[0].type, null, models, findings)
}

function keyPosition(directive: Directive, key: string): Position {
  const entries = directive.expr.kind === 'call' ? directive.expr.named : []
  const found = entries.find((entry) => entry.key?.kind === 'literal' && entry.key.raw === key)
  return found?.pos ?? directive.pos
}

/** An argument that is itself a call (`logRotator(...)`) is checked as one. */
function checkNested(
  argument: Argument,
  type: ParameterType,
  key: string | null,
  models: ReadonlyMap<string, SymbolModel>,
  findings: Findings,
): void {
  const { expr } = argument
  if (expr.kind !== 'call') {
    checkType(argument, type, key, findings)
    return
  }
  const model =
    typeof expr.method === 'string' && !expr.object ? models.get(expr.method) : undefined
  for (const { key: name, pos } of model ? expr.named : []) {
    if (name?.kind === 'literal') checkName(name.raw, pos, model!, findings)
  }
}

/** Text doesn't become a number nor a number text, though Groovy itself would convert them. */
function checkType(
  argument: Argument,
  type: ParameterType,
  key: string | null,
  findings: Findings,
): void {
  const { expr, constant } = argument
  if (expr.kind !== 'literal' || type === 'any' || type === 'boolean' || constant === null) return
  const given = typeof constant
  const wrong =
    type === 'string' ? expr.type === 'int' || given === 'boolean'
    : type === 'int' ? given !== 'number'
    : type === 'list' ? true
    : !(typeof constant === 'string' && UNITS.includes(constant)) // prettier-ignore
  if (!wrong) return
  const shown = expr.raw
  const java = javaClass(given)
  const message = key
    ? messages.wrongType(JAVA_TYPES[type], key, shown, java)
    : messages.wrongUnnamedType(JAVA_TYPES[type], shown, java)
  findings.add(expr.pos, message)
}

function javaClass(given: string): string {
  if (given === 'string') return 'class java.lang.String'
  return given === 'boolean' ? 'class java.lang.Boolean' : 'class java.lang.Integer'
}
