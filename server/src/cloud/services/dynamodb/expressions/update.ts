import { addNumbers } from '../number.ts'
import { invalid } from '../refusals.ts'
import type { Item, TypeName, Value } from '../item-types.ts'
import { base64, typeOf } from '../value.ts'
import type { Operand, UpdateAction } from './ast.ts'
import { valueAt } from './evaluate.ts'
import { checkPaths, type Path } from './projection.ts'
import { operandsIn, type Resolver, unnamedResolver } from './resolve.ts'

const longNames: Record<TypeName, string> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING SET',
  NS: 'NUMBER SET',
  BS: 'BINARY SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
}
const sets: TypeName[] = ['SS', 'NS', 'BS']

export function resolveUpdate(actions: UpdateAction[], resolver: Resolver): void {
  const operands = actions.flatMap((action) => [
    action.path,
    ...('operand' in action ? operandsIn(action.operand) : []),
    ...('value' in action ? [action.value] : []),
  ])
  operands.forEach((node) => node.kind === 'path' && resolver.path(node))
  operands.forEach((node) => node.kind === 'value' && resolver.value(node))
  checkActions(actions, resolver)
}

/** What is wrong whatever the item is; names and values are there already. */
export function checkActions(actions: UpdateAction[], resolver = unnamedResolver): void {
  checkPaths(
    actions.map(({ path }) => path.parts),
    (message) => resolver.refusal(message),
  )
  for (const action of lastSectionFirst(actions)) {
    if ('value' in action) checkAmount(action, resolver)
    if ('operand' in action) checkOperand(action.operand, resolver)
  }
}

/** Observed: operands' types are judged section by section, from the last one written. */
function lastSectionFirst(actions: UpdateAction[]): UpdateAction[] {
  const sections = [...new Set(actions.map(({ section }) => section))].reverse()
  return sections.flatMap((name) => actions.filter(({ section }) => section === name))
}

function checkAmount(action: Extract<UpdateAction, { value: unknown }>, resolver: Resolver): void {
  const type = typeOf(action.value.value!)
  if (sets.includes(type) || (type === 'N' && action.section === 'ADD')) return
  const { section } = action
  throw resolver.refusal(
    `Incorrect operand type for operator or function; operator: ${section}, ` +
      `operand type: ${longNames[type]}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
  )
}

function checkOperand(operand: Operand, resolver: Resolver): void {
  if (operand.kind === 'call') resolver.call(operand)
  if (operand.kind !== 'arithmetic') return
  for (const side of [operand.left, operand.right]) {
    checkOperand(side, resolver)
    resolver.types(operand.operator, side, ['N'])
  }
}

/** The type that an action gives its attribute, where it is known whatever the item is. */
export const typeGiven = (action: UpdateAction): TypeName | undefined => {
  if (action.section === 'REMOVE') return undefined
  return operandType(action.section === 'SET' ? action.operand : action.value)
}

function operandType(operand: Operand): TypeName | undefined {
  if (operand.kind === 'value') return typeOf(operand.value!)
  if (operand.kind === 'arithmetic') return 'N'
  if (operand.kind === 'path') return undefined
  return operand.name === 'list_append' ? 'L' : operandType(operand.args[1]!)
}

const wrongType = () => invalid('An operand in the update expression has an incorrect data type')

/** The item after the update. All operands are read from the item as it was. */
export function applyUpdate(actions: UpdateAction[], before: Item): Item {
  const after = structuredClone(before)
  const changes = actions.map((action) => ({
    section: action.section,
    path: action.path.parts,
    value: valueFor(action, before),
  }))
  // A list is filled in the order of its indexes and emptied from its end.
  const sets = changes.filter(({ section }) => section !== 'REMOVE').sort(byIndex)
  for (const { path, value } of sets) {
    if (value) put(after, path, value)
    else take(after, path)
  }
  const removals = changes.filter(({ section }) => section === 'REMOVE').sort(byIndex)
  for (const { path } of removals.reverse()) take(after, path)
  return after
}

const byIndex = (a: { path: Path }, b: { path: Path }): number => {
  const [one, two] = [a.path.at(-1), b.path.at(-1)]
  return typeof one === 'number' && typeof two === 'number' ? one - two : 0
}

function valueFor(action: UpdateAction, item: Item): Value | undefined {
  if (action.section === 'REMOVE') return undefined
  if (action.section === 'SET') return operandValue(action.operand, item)
  const current = valueAt(item, action.path.parts)
  const amount = action.value.value!
  return action.section === 'ADD' ? sumOf(current, amount) : rest(current, amount)
}

function operandValue(operand: Operand, item: Item): Value {
  if (operand.kind === 'value') return operand.value!
  if (operand.kind === 'path') {
    const value = valueAt(item, operand.parts)
    if (value) return value
    throw invalid('The provided expression refers to an attribute that does not exist in the item')
  }
  if (operand.kind === 'arithmetic') {
    const left = operandValue(operand.left, item)
    const right = operandValue(operand.right, item)
    if (left.N === undefined || right.N === undefined) throw wrongType()
    return { N: addNumbers(left.N, right.N, operand.operator === '-') }
  }
  const [first, second] = operand.args as [Operand, Operand]
  if (operand.name === 'if_not_exists') {
    const existing = first.kind === 'path' ? valueAt(item, first.parts) : undefined
    return existing ?? operandValue(second, item)
  }
  const [left, right] = [operandValue(first, item), operandValue(second, item)]
  if (!left.L || !right.L) throw wrongType()
  return { L: [...left.L, ...right.L] }
}

/** ADD: a number's sum or a set's union; what isn't there counts as nothing. */
export function sumOf(current: Value | undefined, amount: Value): Value {
  if (!current) return amount
  const type = typeOf(amount)
  if (typeOf(current) !== type) throw wrongType()
  if (type === 'N') return { N: addNumbers(current.N!, amount.N!, false) }
  if (type === 'BS') {
    const known = new Set(current.BS!.map(base64))
    return { BS: [...current.BS!, ...amount.BS!.filter((bytes) => !known.has(base64(bytes)))] }
  }
  return { [type]: [...new Set([...current[type as 'SS']!, ...amount[type as 'SS']!])] } as never
}

/** DELETE: what is left of the set; undefined when nothing is. */
export function rest(current: Value | undefined, amount: Value): Value | undefined {
  if (!current) return undefined
  const type = typeOf(amount)
  if (typeOf(current) !== type) throw wrongType()
  if (type === 'BS') {
    const gone = new Set(amount.BS!.map(base64))
    const left = current.BS!.filter((bytes) => !gone.has(base64(bytes)))
    return left.length > 0 ? { BS: left } : undefined
  }
  const gone = new Set(amount[type as 'SS'])
  const left = current[type as 'SS']!.filter((member) => !gone.has(member))
  return left.length > 0 ? ({ [type]: left } as never) : undefined
}

const invalidPath = () =>
  invalid('The document path provided in the update expression is invalid for update')

/** The map or list that holds the path's last part. */
function holder(item: Item, path: Path): Value | undefined {
  const parent = path.length === 1 ? ({ M: item } as Value) : valueAt(item, path.slice(0, -1))
  return (typeof path.at(-1) === 'number' ? parent?.L : parent?.M) ? parent : undefined
}

function put(item: Item, path: Path, value: Value): void {
  const parent = holder(item, path)
  if (!parent) throw invalidPath()
  const last = path.at(-1)!
  if (typeof last === 'number') parent.L![Math.min(last, parent.L!.length)] = value
  else parent.M![last] = value
}

function take(item: Item, path: Path): void {
  const parent = holder(item, path)
  if (!parent) throw invalidPath()
  const last = path.at(-1)!
  if (typeof last === 'number') parent.L!.splice(last, 1)
  else delete parent.M![last]
}
