import { expect, test } from 'vitest'
import { parseGroovy } from './index.ts'
import { partsOf } from './parts.ts'

const source = `
@Field def list = [1, *rest, [a: 1, (b): "x\${y}z"]]
int total = (int) list[0] + 2 ** 3
(first, second) = [1, 2]
total += first ?: second ? 1 : -2
def shout(String text, int times = 1, Object... others) throws Exception { return text * times }
class Tree<T> extends Base implements Runnable {
  static final int SIZE = 1
  { total = 2 }
  Tree(int a) { super(a) }
  void run() { each { int x, y = 2 -> x as String } }
}
enum Kind { A(1), B }
for (int i = 0; i < 3; i++) { if (i in [1..2, 3..<5]) continue else break }
for (def each in list) { while (!each) { assert each: 'no' } }
switch (total) { case 1: case { it > 2 }: echo 'x'; break; default: throw new Error('x') }
try { this.list*.size?.abs(1, b: 2) { it } } catch (A | B e) { e.@field = e.&run } finally { new int[3] }
list."\${name}"(~/x/, [:]) instanceof Tree && node.'a b' == null
`

/** Places, and types, which hold no statements or expressions. */
const NO_NODES = new Set(['pos', 'end', 'namePos', 'opPos', 'type', 'strings', 'modifiers'])

test('whatever stands in a node is among its parts', () => {
  const { ast, errors } = parseGroovy(source)
  expect(errors).toEqual([])
  const kinds = new Set<unknown>()
  const look = (item: unknown): void => {
    if (typeof item !== 'object' || item === null) return
    if (Array.isArray(item)) return item.forEach(look)
    if ('kind' in item) kinds.add(item.kind)
    const parts = partsOf(item)
    for (const [name, part] of Object.entries(item)) {
      if (NO_NODES.has(name) || typeof part !== 'object' || part === null) continue
      expect(parts, JSON.stringify(item).slice(0, 80)).toContain(name)
      look(part)
    }
  }
  look(ast.body)
  expect(kinds.size).toBeGreaterThan(30)
})
