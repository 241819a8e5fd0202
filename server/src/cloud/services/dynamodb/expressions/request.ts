import { invalid, within } from '../refusals.ts'
import type { Value } from '../item-types.ts'
import type { ValueLayer } from '../number.ts'
import { checkedValue, checkName } from '../value.ts'
import type { Condition, UpdateAction } from './ast.ts'
import type { ExpressionKind } from './lexer.ts'
import { parseCondition, parsePaths } from './parser.ts'
import { checkPaths, type Path, projectionOf, type Projection } from './projection.ts'
import { type Placeholders, Resolver } from './resolve.ts'
import { parseUpdate } from './update-parser.ts'
import { resolveUpdate } from './update.ts'

/** The members of a request that expressions are made of. */
export interface ExpressionMembers {
  ConditionExpression?: string | undefined
  FilterExpression?: string | undefined
  KeyConditionExpression?: string | undefined
  ProjectionExpression?: string | undefined
  UpdateExpression?: string | undefined
  ExpressionAttributeNames?: Record<string, string> | undefined
  ExpressionAttributeValues?: Record<string, Value> | undefined
}

/** Expressions and what came before them don't go together. */
export function refuseMixture(
  input: object,
  legacy: string[],
  expressions: ExpressionKind[],
  idle: IdleValues = 'told with their expressions',
): void {
  const given = (names: string[]) =>
    names.filter((name) => (input as Record<string, unknown>)[name] !== undefined)
  const [old, now] = [given(legacy), given(expressions)]
  if (old.length > 0 && now.length > 0) {
    throw invalid(
      'Can not use both expression and non-expression parameters in the same request: ' +
        `Non-expression parameters: {${old.join(', ')}} Expression parameters: {${now.join(', ')}}`,
    )
  }
  refuseIdlePlaceholders(input, expressions, now.length > 0, idle)
}

/** Writes of one item no longer say which expression is null (October 2026). */
type IdleValues = 'told with their expressions' | 'told alone'

/** Placeholders without any expression; those that could have carried values are named. */
function refuseIdlePlaceholders(
  input: ExpressionMembers,
  expressions: ExpressionKind[],
  used: boolean,
  idle: IdleValues,
): void {
  if (input.ExpressionAttributeNames && !used) {
    throw invalid('ExpressionAttributeNames can only be specified when using expressions')
  }
  const carriers = expressions.filter((kind) => kind !== 'ProjectionExpression')
  if (!input.ExpressionAttributeValues || carriers.some((kind) => input[kind] !== undefined)) return
  const verb = carriers.length > 1 ? 'are' : 'is'
  const which = idle === 'told alone' ? '' : `: ${carriers.join(' and ')} ${verb} null`
  throw invalid(`ExpressionAttributeValues can only be specified when using expressions${which}`)
}

/** A request's expressions, parsed and checked one by one; `finish` refuses what none used. */
export class Expressions {
  readonly #input: ExpressionMembers
  readonly #placeholders: Placeholders
  readonly layer: ValueLayer

  constructor(input: ExpressionMembers, layer: ValueLayer = 'older') {
    this.#input = input
    this.layer = layer
    checkNames(input.ExpressionAttributeNames)
    checkValues(input.ExpressionAttributeValues, layer)
    this.#placeholders = {
      names: input.ExpressionAttributeNames,
      values: input.ExpressionAttributeValues,
      usedNames: new Set(),
      usedValues: new Set(),
      nested: new Set(),
    }
  }

  get nested(): ReadonlySet<string> {
    return this.#placeholders.nested
  }

  condition(kind: ExpressionKind): Condition | undefined {
    const source = this.#input[kind]
    if (source === undefined) return undefined
    const condition = parseCondition(kind, source)
    const resolver = new Resolver(kind, this.#placeholders)
    // A key condition's clauses are judged one after the other, another condition as a whole.
    const clauses = kind === 'KeyConditionExpression' ? clausesOf(condition) : [condition]
    for (const clause of clauses) resolver.condition(clause)
    return condition
  }

  projection(): { paths: Path[]; tree: Projection } | undefined {
    const kind = 'ProjectionExpression'
    const source = this.#input[kind]
    if (source === undefined) return undefined
    const nodes = parsePaths(kind, source)
    const resolver = new Resolver(kind, this.#placeholders)
    nodes.forEach((node) => resolver.path(node))
    const paths = nodes.map(({ parts }) => parts)
    checkPaths(paths, (message) => resolver.refusal(message))
    return { paths, tree: projectionOf(paths) }
  }

  update(): UpdateAction[] | undefined {
    const kind = 'UpdateExpression'
    const source = this.#input[kind]
    if (source === undefined) return undefined
    const actions = parseUpdate(source)
    resolveUpdate(actions, new Resolver(kind, this.#placeholders))
    return actions
  }

  finish(): void {
    const { names, values, usedNames, usedValues } = this.#placeholders
    refuseUnused('ExpressionAttributeNames', names, usedNames)
    refuseUnused('ExpressionAttributeValues', values, usedValues)
  }
}

const clausesOf = (node: Condition): Condition[] =>
  node.kind === 'and' ? [...clausesOf(node.left), ...clausesOf(node.right)] : [node]

function refuseUnused(member: string, given: object | undefined, used: Set<string>): void {
  if (!given) return
  const unused = Object.keys(given).filter((name) => !used.has(name))
  if (unused.length === 0) return
  const keys = unused.join(', ')
  throw invalid(`Value provided in ${member} unused in expressions: keys: {${keys}}`)
}

function checkNames(names: Record<string, string> | undefined): void {
  if (!names) return
  const member = 'ExpressionAttributeNames'
  const keys = Object.keys(names)
  if (keys.length === 0) throw invalid(`${member} must not be empty`)
  for (const key of keys) {
    if (!/^#[A-Za-z0-9_]+$/.test(key)) {
      throw invalid(`${member} contains invalid key: Syntax error; key: "${key}"`)
    }
    const place = (message: string) => `${member} contains invalid value: ${message} for key ${key}`
    within(place, () => checkName(names[key]!))
  }
}

function checkValues(values: Record<string, Value> | undefined, layer: ValueLayer): void {
  if (!values) return
  const member = 'ExpressionAttributeValues'
  const keys = Object.keys(values)
  if (keys.length === 0) throw invalid(`${member} must not be empty`)
  for (const key of keys) {
    if (!/^:[A-Za-z0-9_]+$/.test(key)) {
      throw invalid(`${member} contains invalid key: Syntax error; key: "${key}"`)
    }
  }
  for (const key of keys) {
    // Only the older reader says where the value stood.
    const place = (message: string) =>
      layer === 'current' ? message : `${member} contains invalid value: ${message} for key ${key}`
    within(place, () => checkedValue(values[key]!, layer))
  }
}
