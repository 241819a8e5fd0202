import { groovyEquals } from './equality.ts'
import { hostError } from './errors.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import type { OtherList, Value } from './value.ts'

// What a LinkedList does at its two ends. `push` and `pop` are Groovy's own, of every list: at its end.

type DequeNative = (self: OtherList, args: Value[]) => Value

function filled(self: OtherList): OtherList {
  if (self.length > 0) return self
  throw hostError('java.util.NoSuchElementException', null)
}

const addFirst: DequeNative = (self, args) => {
  self.unshift(arg(args, 0))
  return null
}
const addLast: DequeNative = (self, args) => {
  self.push(arg(args, 0))
  return null
}
const offerFirst: DequeNative = (self, args) => {
  self.unshift(arg(args, 0))
  return true
}
const offer: DequeNative = (self, args) => {
  self.push(arg(args, 0))
  return true
}
const poll: DequeNative = (self) => self.shift() ?? null
const peek: DequeNative = (self) => self[0] ?? null
const removeFirst: DequeNative = (self) => filled(self).shift()!
const getFirst: DequeNative = (self) => filled(self)[0]!

function removed(self: OtherList, at: number): boolean {
  if (at >= 0) self.splice(at, 1)
  return at >= 0
}

const methods: Record<string, DequeNative> = {
  addFirst,
  addLast,
  offer,
  offerLast: offer,
  offerFirst,
  poll,
  pollFirst: poll,
  pollLast: (self) => self.pop() ?? null,
  peek,
  peekFirst: peek,
  peekLast: (self) => self.at(-1) ?? null,
  removeFirst,
  removeLast: (self) => filled(self).pop()!,
  getFirst,
  element: getFirst,
  getLast: (self) => filled(self).at(-1)!,
  removeFirstOccurrence: (self, args) =>
    removed(
      self,
      self.findIndex((each) => groovyEquals(each, arg(args, 0))),
    ),
  removeLastOccurrence: (self, args) =>
    removed(
      self,
      self.findLastIndex((each) => groovyEquals(each, arg(args, 0))),
    ),
}

export const dequeMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as unknown as [string, Native][],
)
