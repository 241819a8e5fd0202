// As much of an assembler for WebAssembly as sums need: instructions are lists of bytes. The numbers are
// those of the specification's "Binary Format" (core 5.4, vectors 5.4.8).

export type Code = number[]

/** Of the global `WebAssembly`, which the types here hardly know. */
interface Assembly {
  Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: unknown }
}

export interface SharedMemory {
  buffer: SharedArrayBuffer
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Assembly }

/** Pages of 64 KB; those nobody touched cost nothing. */
export const newMemory = (pages: number): SharedMemory =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })

/** What the module exports. */
export const instanceOf = (code: Uint8Array, memory: SharedMemory): unknown =>
  new WebAssembly.Instance(new WebAssembly.Module(code), { sums: { memory } }).exports

const I32 = 0x7f
const I64 = 0x7e
const V128 = 0x7b
export const types = { i32: I32, i64: I64, v128: V128 }

const uleb = (value: number): Code =>
  value < 128 ? [value] : [(value & 127) | 128, ...uleb(value >>> 7)]

function sleb(value: bigint): Code {
  const low = Number(value & 127n)
  const rest = value >> 7n
  const isNegative = (low & 64) !== 0
  return rest === (isNegative ? -1n : 0n) ? [low] : [low | 128, ...sleb(rest)]
}

const vector = (op: number): Code => [0xfd, ...uleb(op)]
/** Alignment is a hint; an offset is added to the address on the stack. */
const at = (op: Code, align: number) => (offset: number) => [...op, align, ...uleb(offset)]

export const get = (local: number): Code => [0x20, ...uleb(local)]
export const set = (local: number): Code => [0x21, ...uleb(local)]
export const i32 = (value: number): Code => [0x41, ...sleb(BigInt(value | 0))]
export const i64 = (value: bigint): Code => [0x42, ...sleb(BigInt.asIntN(64, value))]

/** Repeats while the body leaves a number other than 0. */
export const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b]

export const word = {
  load: at([0x28], 2),
  store: at([0x36], 2),
  less: [0x49],
  add: [0x6a],
  subtract: [0x6b],
  and: [0x71],
  or: [0x72],
  xor: [0x73],
  shiftLeft: [0x74],
  rotateLeft: [0x77],
}

export const long = {
  load: at([0x29], 3),
  store: at([0x37], 3),
  xor: [0x85],
  shiftRight: [0x88],
  lowWord: [0xa7],
}

/** Four words side by side. */
export const words = {
  load: at(vector(0), 0),
  store: at(vector(11), 0),
  /** Of two vectors' eight words these four. */
  pick: (...from: number[]): Code => [
    ...vector(13),
    ...from.flatMap((each) => [4 * each, 4 * each + 1, 4 * each + 2, 4 * each + 3]),
  ],
  splat: vector(17),
  not: vector(77),
  or: vector(80),
  xor: vector(81),
  /** Bits of the first where the third has ones, of the second elsewhere. */
  select: vector(82),
  add: vector(174),
  shiftLeft: vector(171),
  shiftRight: vector(173),
}

export interface WasmFunction {
  name: string
  /** How many words it takes. It gives nothing: results lie in memory. */
  takes: number
  /** Types of its further locals, in order. */
  locals: number[]
  code: Code
}

/** A module of functions on a shared memory, imported as `sums.memory`, of so many pages at most. */
export function moduleOf(functions: WasmFunction[], mostPages: number): Uint8Array<ArrayBuffer> {
  const section = (id: number, items: Code[]) => sized([...uleb(items.length), ...items.flat()], id)
  const name = (text: string) => [...uleb(text.length), ...Buffer.from(text)]
  const shared = [2, 3, 1, ...uleb(mostPages)]
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(
      1,
      functions.map(({ takes }) => [0x60, takes, ...Array<number>(takes).fill(I32), 0]),
    ),
    ...section(2, [[...name('sums'), ...name('memory'), ...shared]]),
    ...section(
      3,
      functions.map((_, index) => [index]),
    ),
    ...section(
      7,
      functions.map((it, index) => [...name(it.name), 0, index]),
    ),
    ...section(
      10,
      functions.map(({ locals, code }) =>
        sized([...uleb(locals.length), ...locals.flatMap((type) => [1, type]), ...code, 0x0b]),
      ),
    ),
  ])
}

function sized(body: Code, id?: number): Code {
  return [...(id === undefined ? [] : [id]), ...uleb(body.length), ...body]
}
