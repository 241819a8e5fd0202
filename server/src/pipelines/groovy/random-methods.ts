import { hostError } from './errors.ts'
import type { Machine, Native, Run } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toInt } from './numbers.ts'
import { GroovyDouble, GroovyFloat } from './value.ts'
import type { GroovyRandom, Value } from './value.ts'

// java.util.Random. One with a seed gives Java's own row of numbers; one without asks the host.

const MASK = (1n << 48n) - 1n

/** The next number of so many bits, as a signed one where these are 32. */
function* next(self: GroovyRandom, bits: number, machine: Machine): Run<number> {
  if (self.state === null) {
    const value = Math.floor((yield* machine.random()) * 2 ** bits)
    return bits === 32 ? value | 0 : value
  }
  self.state = (self.state * 0x5deece66dn + 0xbn) & MASK
  const value = BigInt.asIntN(32, self.state >> BigInt(48 - bits))
  return Number(bits === 32 ? value : BigInt.asUintN(bits, value))
}

export function* randomInt(self: GroovyRandom, bound: number, machine: Machine): Run<number> {
  if (bound <= 0) throw hostError('java.lang.IllegalArgumentException', 'bound must be positive')
  if (self.state === null) return Math.floor((yield* machine.random()) * bound)
  let bits = yield* next(self, 31, machine)
  if ((bound & (bound - 1)) === 0) return Number((BigInt(bound) * BigInt(bits)) >> 31n)
  // What is left over at the end of the numbers would make the first ones likelier.
  while (bits - (bits % bound) + (bound - 1) >= 2 ** 31) bits = yield* next(self, 31, machine)
  return bits % bound
}

function* nextDouble(self: GroovyRandom, machine: Machine): Run<number> {
  if (self.state === null) return yield* machine.random()
  const high = yield* next(self, 26, machine)
  return (high * 2 ** 27 + (yield* next(self, 27, machine))) / 2 ** 53
}

function* nextGaussian(self: GroovyRandom, machine: Machine): Run<number> {
  if (self.spare !== null) {
    const held = self.spare
    self.spare = null
    return held
  }
  for (;;) {
    const a = 2 * (yield* nextDouble(self, machine)) - 1
    const b = 2 * (yield* nextDouble(self, machine)) - 1
    const size = a * a + b * b
    // The host's numbers may be all the same.
    const isIn = size < 1 && size !== 0
    if (!isIn && self.state !== null) continue
    const factor = isIn ? Math.sqrt((-2 * Math.log(size)) / size) : 0
    self.spare = b * factor
    return a * factor
  }
}

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type RandomNative = (self: GroovyRandom, args: Value[], ...rest: Rest) => ReturnType<Native>

const methods: Record<string, RandomNative> = {
  nextInt: (self, args, machine) => {
    const [bound] = args
    return isNumber(bound) ? randomInt(self, toInt(bound), machine) : next(self, 32, machine)
  },
  nextBoolean: function* (self, _args, machine) {
    if (self.state === null) return (yield* machine.random()) < 0.5
    return (yield* next(self, 1, machine)) !== 0
  },
  nextDouble: function* (self, _args, machine) {
    return new GroovyDouble(yield* nextDouble(self, machine))
  },
  nextFloat: function* (self, _args, machine) {
    return new GroovyFloat((yield* next(self, 24, machine)) / 2 ** 24)
  },
  nextGaussian: function* (self, _args, machine) {
    return new GroovyDouble(yield* nextGaussian(self, machine))
  },
  nextLong: function* (self, _args, machine) {
    const high = BigInt(yield* next(self, 32, machine))
    return BigInt.asIntN(64, (high << 32n) + BigInt(yield* next(self, 32, machine)))
  },
  nextBytes: function* (self, args, machine) {
    const bytes = arg(args, 0)
    if (!Array.isArray(bytes)) return null
    let word = 0
    for (let at = 0; at < bytes.length; at += 1) {
      word = at % 4 === 0 ? yield* next(self, 32, machine) : word >> 8
      bytes[at] = (word << 24) >> 24
    }
    return null
  },
  setSeed: (self, args) => {
    const [seed] = args
    if (isNumber(seed)) self.seed(BigInt.asIntN(64, BigInt(Math.trunc(Number(seed)))))
    return null
  },
}

export const randomMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as unknown as [string, Native][],
)
