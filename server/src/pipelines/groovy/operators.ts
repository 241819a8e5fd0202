import { isPlain } from './class-facts.ts'
import { classOf } from './classes.ts'
import { mapPut } from './equality.ts'
import { type GroovyError, hostError } from './errors.ts'
import { listGet, listMinus, listPut, listSlice, place, tooNegative } from './list-methods.ts'
import { putAll, copyMap } from './map-methods.ts'
import { Names } from './names.ts'
import { arithmetic, bitwise, isNumber, toInt } from './numbers.ts'
import { matcherAt } from './object-methods.ts'
import { rangeItems } from './range.ts'
import { compilePattern, matchesWhole } from './regex.ts'
import type { Frame, GroovyClass, Run, Value } from './value.ts'
import {
  FixedList,
  GroovyArray,
  GroovyBuilder,
  GroovyDate,
  GroovyMap,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GroovyRange,
  GroovySet,
  GString,
} from './value.ts'
import { itemsOf } from './items.ts'
import { listed, toGroovyString } from './print.ts'

/** The method an operator stands for, for values that define their own. */
const METHOD_OF: Record<string, string> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'multiply',
  '/': 'div',
  '%': 'mod',
  '**': 'power',
  '<<': 'leftShift',
  '>>': 'rightShift',
  '>>>': 'rightShiftUnsigned',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
}

/** What Java calls these comparisons. */
const COMPARED: Record<string, string> = {
  '==': 'compareEqual',
  '!=': 'compareNotEqual',
  '<': 'compareLessThan',
  '<=': 'compareLessThanEqual',
  '>': 'compareGreaterThan',
  '>=': 'compareGreaterThanEqual',
  '<=>': 'compareTo',
}

/** Whether a class of the script says that it is Comparable. */
const isComparable = (type: GroovyClass | null): boolean =>
  type?.decl != null &&
  (type.interfaces.some(({ name }) => name === 'java.lang.Comparable') ||
    isComparable(type.superclass))

/** What operators do with values. */
export abstract class Operators extends Names {
  *operate(op: string, left: Value, right: Value, frame: Frame): Run {
    if (left instanceof GroovyObject && Object.hasOwn(COMPARED, op) && !frame.isNonCps) {
      const answer = yield* this.answered(op, left, right, frame)
      if (answer !== undefined) return answer
    }
    switch (op) {
      case '==':
        return yield* this.equal(left, right, frame)
      case '!=':
        return !(yield* this.equal(left, right, frame))
      case '===':
        return left === right
      case '!==':
        return left !== right
      case '<=>':
        return yield* this.compare(left, right, frame)
      case '<':
      case '>':
      case '<=':
      case '>=':
        return ordered(op, yield* this.compare(left, right, frame))
      case 'in':
        return yield* this.isCase(right, left, frame)
      case '=~':
      case '==~':
        return yield* this.match(op, left, right, frame)
      default:
        return yield* this.compute(op, left, right, frame)
    }
  }

  /** What is compared by a transformed method of its own comes to what that gives, as it is. */
  private *answered(
    op: string,
    left: GroovyObject,
    right: Value,
    frame: Frame,
  ): Run<Value | undefined> {
    const isEquality = op === '==' || op === '!='
    if (isEquality && (left === right || right === null)) return undefined
    const isOrdered = isComparable(left.type)
    const name = isOrdered ? 'compareTo' : 'equals'
    const decls = isOrdered || isEquality ? this.declaredMethods(left.type, name) : []
    if (decls.length === 0 || decls.some(isPlain)) return undefined
    const by = 'org.codehaus.groovy.runtime.ScriptBytecodeAdapter'
    const call = (inner: Frame) => this.method(left, name, [right], inner)
    return yield* this.outside(() => by, COMPARED[op]!, frame, call)
  }

  private *match(op: string, left: Value, right: Value, frame: Frame): Run {
    const pattern =
      right instanceof GroovyPattern ? right : compilePattern(yield* this.text(right, frame))
    const matcher = new GroovyMatcher(pattern, yield* this.text(left, frame))
    return op === '=~' ? matcher : matchesWhole(matcher)
  }

  private *compute(op: string, left: Value, right: Value, frame: Frame): Run {
    if (isNumber(left) && isNumber(right)) {
      return '+-*/%**'.includes(op) ? arithmetic(op, left, right) : bitwise(op, left, right)
    }
    if (typeof left === 'boolean' && typeof right === 'boolean') {
      if (op === '&') return left && right
      if (op === '|') return left || right
      if (op === '^') return left !== right
    }
    if (left === null && op === '+' && !isTextual(right)) {
      const text = `Cannot execute null+${toGroovyString(right)}`
      throw hostError('java.lang.NullPointerException', text)
    }
    if (op === '+') {
      const sum = yield* this.plus(left, right, frame)
      if (sum !== undefined) return sum
    }
    if (op === '<<') {
      const shifted = yield* this.append(left, right, frame)
      if (shifted !== undefined) return shifted
    }
    if (op === '-' && Array.isArray(left)) return listMinus(left, right)
    const name = Object.hasOwn(METHOD_OF, op) ? METHOD_OF[op]! : op
    return yield* this.method(left, name, [right], frame)
  }

  private *plus(left: Value, right: Value, frame: Frame): Run<Value | undefined> {
    const textual = typeof left === 'string' || left instanceof GString
    const joins = typeof right === 'string' || right instanceof GString
    // Groovy adds text to text, numbers, null and builders; a boolean or a map has no such `plus`.
    const addsText = left === null || isNumber(left) || left instanceof GroovyBuilder
    if (textual || (joins && addsText)) {
      const receiver = () => classOf(left).name
      const text = yield* this.outside(receiver, 'plus', frame, (inner) =>
        this.joined(left, listed(right), inner),
      )
      if (typeof text === 'string') this.checkLength(text.length)
      return text
    }
    const list = itemsOfPlus(left)
    if (list) {
      const more = right instanceof GString || typeof right === 'string' ? null : itemsOf(right)
      const added = right === null || right instanceof GroovyMap ? [right] : (more ?? [right])
      this.checkEntries(list.length + added.length)
      return [...list, ...added]
    }
    if (left instanceof GroovyMap && right instanceof GroovyMap) return putAll(copyMap(left), right)
    return undefined
  }

  private *joined(left: Value, right: Value, frame: Frame): Run<string> {
    return (yield* this.text(left, frame)) + (yield* this.text(right, frame))
  }

  private *append(left: Value, right: Value, frame: Frame): Run<Value | undefined> {
    if (Array.isArray(left) && !(left instanceof GroovyArray) && !(left instanceof FixedList)) {
      this.checkEntries(left.length + 1)
      left.push(right)
      return left
    }
    if (typeof left !== 'string' && !(left instanceof GString)) return undefined
    return new GroovyBuilder(yield* this.joined(left, right, frame), 'java.lang.StringBuffer')
  }

  *indexed(target: Value, index: Value[], frame: Frame): Run {
    const key = index.length === 1 ? index[0]! : index
    if (target === null) {
      throw hostError(
        'java.lang.NullPointerException',
        'Cannot invoke method getAt() on null object',
      )
    }
    const plain = yield* this.plain(key, frame)
    const own = target instanceof GroovyObject && this.declaredMethods(target.type, 'getAt')
    if (own && own.length > 0) return yield* this.method(target, 'getAt', [plain], frame)
    if (target instanceof GroovyMap) return yield* this.mapValue(target, plain, frame)
    if (target instanceof GroovyRange) return this.listIndexed(rangeItems(target), plain)
    if (target instanceof GroovySet) return this.listIndexed([...target], plain)
    if (
      Array.isArray(target) &&
      (isNumber(plain) || plain instanceof GroovyRange || Array.isArray(plain))
    ) {
      return this.listIndexed(target, plain)
    }
    if (
      typeof target === 'string' ||
      target instanceof GString ||
      target instanceof GroovyBuilder
    ) {
      return this.textIndexed(yield* this.text(target, frame), plain)
    }
    if (target instanceof GroovyMatcher && isNumber(plain)) return matcherAt(target, toInt(plain))
    if (typeof plain === 'string') return yield* this.property(target, plain, frame)
    return yield* this.method(target, 'getAt', [plain], frame)
  }

  private listIndexed(list: Value[], key: Value): Value {
    if (key instanceof GroovyRange) return listSlice(list, key)
    if (Array.isArray(key))
      return key.map((each) => listGet(list, isNumber(each) ? toInt(each) : 0))
    return listGet(list, isNumber(key) ? toInt(key) : 0)
  }

  private textIndexed(text: string, key: Value): Value {
    if (key instanceof GroovyRange) {
      const chars = listSliceOfText(text, key)
      return chars
    }
    if (Array.isArray(key)) return key.map((each) => this.charAt(text, each)).join('')
    return this.charAt(text, key)
  }

  private charAt(text: string, key: Value): string {
    const at = place(key, text.length)
    if (at >= 0 && at < text.length) return text[at]!
    if (at >= 0) throw outOfText(at, at + 1, text.length)
    throw tooNegative(at - text.length, text.length)
  }

  *putIndexed(target: Value, index: Value[], value: Value, frame: Frame): Run<void> {
    const key = yield* this.plain(index.length === 1 ? index[0]! : index, frame)
    const own = target instanceof GroovyObject && this.declaredMethods(target.type, 'putAt')
    if (own && own.length > 0) yield* this.method(target, 'putAt', [key, value], frame)
    else if (target instanceof GroovyMap) {
      this.checkEntries(target.size + 1)
      mapPut(target, key, value)
    } else if (
      Array.isArray(target) &&
      key instanceof GroovyRange &&
      !(target instanceof GroovyArray)
    ) {
      const places = rangeItems(
        new GroovyRange(
          place(key.from, target.length),
          place(key.to, target.length),
          key.exclusive,
        ),
      ).map(Number)
      const from = Math.min(...places)
      target.splice(from, places.length, ...(Array.isArray(value) ? value : [value]))
    } else if (Array.isArray(target) && isNumber(key)) {
      this.checkEntries(toInt(key))
      listPut(target, toInt(key), value)
    } else if (typeof key === 'string') yield* this.setProperty(target, key, value, frame)
    else yield* this.method(target, 'putAt', [key, value], frame)
  }

  *stepped(op: '++' | '--', value: Value, frame: Frame): Run {
    if (isNumber(value)) return arithmetic(op[0]!, value, 1)
    if (value instanceof GroovyDate)
      return new GroovyDate(value.ms + (op === '++' ? 1 : -1) * 86_400_000)
    return yield* this.method(value, op === '++' ? 'next' : 'previous', [], frame)
  }
}

function isTextual(value: Value): boolean {
  return typeof value === 'string' || value instanceof GString
}

function itemsOfPlus(value: Value): Value[] | null {
  if (Array.isArray(value)) return value
  if (value instanceof GroovyRange || value instanceof GroovySet) return itemsOf(value)
  return null
}

function outOfText(begin: number, end: number, length: number): GroovyError {
  const text = `begin ${begin}, end ${end}, length ${length}`
  return hostError('java.lang.StringIndexOutOfBoundsException', text)
}

function listSliceOfText(text: string, range: GroovyRange): string {
  const from = place(range.from, text.length)
  const to = place(range.to, text.length)
  const indexes = rangeItems(new GroovyRange(from, to, range.exclusive)) as number[]
  if (indexes.some((at) => at < 0 || at >= text.length)) {
    throw outOfText(Math.min(from, to), Math.max(from, to) + 1, text.length)
  }
  return indexes.map((at) => text[at]).join('')
}

function ordered(op: string, sign: number): boolean {
  if (op === '<') return sign < 0
  if (op === '>') return sign > 0
  return op === '<=' ? sign <= 0 : sign >= 0
}
