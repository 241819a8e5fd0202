/** Where other nodes stand in one, of the kinds that files are made of. */
const OF_KINDS: Record<string, readonly string[]> = {
  literal: [],
  variable: [],
  assign: ['target', 'value'],
  binary: ['left', 'right'],
  block: ['body'],
  call: ['args', 'named', 'object', 'method'],
  closure: ['params', 'body'],
  expression: ['expr'],
  gstring: ['values'],
  index: ['object', 'index'],
  list: ['items'],
  map: ['entries'],
  property: ['object', 'name'],
}

/**
 * Names of what stands in a node or in an item of its lists, in its order: nodes, lists of them, and
 * null. A thousand lines have ten thousand nodes, most without any.
 */
export function partsOf(item: object): readonly string[] {
  const known = 'kind' in item ? OF_KINDS[item.kind as string] : undefined
  return known ?? Object.keys(item).filter((name) => name !== 'pos' && name !== 'end')
}
