import {
  type ExpressionMembers,
  type Expressions,
  holds,
  type Path,
  project,
  type Projection,
  projectionOf,
} from './expressions/index.ts'
import { Stored } from './item-key.ts'
import { allOrAny, type Expected, expectedTests, type Test } from './legacy/index.ts'
import { badValue, conditionFailed, invalid } from './refusals.ts'
import type { Item } from './item-types.ts'
import { checkItem, checkName, ITEM_LIMIT_BYTES, itemOf, itemSize, itemText } from './value.ts'

export interface ConditionMembers extends ExpressionMembers {
  Expected?: Expected
  ConditionalOperator?: string | undefined
}

/** What a write demands of the item there is, in either language; undefined demands nothing. */
export function conditionOf(input: ConditionMembers, expressions: Expressions): Test | undefined {
  const condition = expressions.condition('ConditionExpression')
  if (condition) return (item) => holds(condition, item)
  return allOrAny(expectedTests(input.Expected, expressions.layer), input.ConditionalOperator)
}

/** Refuses the write where the condition fails; the item goes along when it was asked for. */
export function demand(
  test: Test | undefined,
  current: Stored | undefined,
  onFailure?: string,
): void {
  if (!test || test(current?.item ?? {})) return
  throw conditionFailed(onFailure === 'ALL_OLD' ? current?.item : undefined)
}

export function newStored(item: Item): Stored {
  return new Stored(itemText(item), itemSize(item), itemOf, item)
}

export function checkedItem(given: Item): { item: Item; sizeBytes: number } {
  const item = checkItem(given)
  return { item, sizeBytes: checkedSize(item) }
}

/** An item's size in bytes, if it may be that large. */
export function checkedSize(item: Item): number {
  const sizeBytes = itemSize(item)
  if (sizeBytes > ITEM_LIMIT_BYTES) throw invalid('Item size has exceeded the maximum allowed size')
  return sizeBytes
}

export function checkAttributesToGet(names: string[] | undefined): void {
  names?.forEach(checkName)
  const twice = names?.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw badValue(`Duplicate value in attribute name: ${twice}`)
}

export interface Shown {
  paths: Path[]
  tree: Projection
}

/** The attributes asked for, in either language; undefined is all of them. */
export function shownOf(
  input: { AttributesToGet?: string[] | undefined },
  expressions: Expressions,
): Shown | undefined {
  const projection = expressions.projection()
  if (projection) return projection
  const paths = input.AttributesToGet?.map((name) => [name])
  return paths && { paths, tree: projectionOf(paths) }
}

export const show = (item: Item, shown: Shown | undefined): Item =>
  shown ? project(item, shown.tree) : item
