import {
  type Code,
  get,
  i32,
  i64,
  instanceOf,
  long,
  loop,
  moduleOf,
  set,
  type SharedMemory,
  types,
  type WasmFunction,
  word,
  words,
} from './wasm.ts'

// MD5 is one long chain of dependent steps: a processor that works on four bodies at once takes hardly
// longer than for one. CRC-64 waits for its tables: four stretches of one body are looked up meanwhile.

export interface Lanes {
  /** MD5 (RFC 1321) of `blocks` of 64 bytes at four places; the state lies word by word, four lanes each. */
  md5x4(at0: number, at1: number, at2: number, at3: number, state: number, blocks: number): void
  /** The same at one place; a state of four words. */
  md5(at: number, state: number, blocks: number): void
  /** A CRC of 64 bits, reflected, over `bytes` (a multiple of 8); the state is one long. */
  crc64(at: number, bytes: number, tables: number, state: number): void
  /** The same of four stretches of `bytes` that follow one another; four longs. */
  crc64x4(at: number, bytes: number, tables: number, state: number): void
}

/** `pages`: as many as the memory has. */
export function openLanes(memory: SharedMemory, pages: number): Lanes {
  const code = moduleOf([md5x4(), md5(), crc64('crc64', 1), crc64('crc64x4', 4)], pages)
  return instanceOf(code, memory) as Lanes
}

const turns = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]
const wordOf = [
  (step: number) => step,
  (step: number) => 5 * step + 1,
  (step: number) => 3 * step + 5,
  (step: number) => 7 * step,
]
const sine = (step: number) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32)

interface Step {
  round: number
  /** Which of the sixteen words. */
  word: number
  sine: number
  turn: number
  /** Locals of a, b, c, d, as they have moved on. */
  a: number
  b: number
  c: number
  d: number
}

/** The 64 steps on four locals from `a` on. */
function steps(first: number, code: (step: Step) => Code[]): Code {
  let [a, b, c, d] = [first, first + 1, first + 2, first + 3]
  return Array.from({ length: 64 }, (_, step) => {
    const round = step >> 4
    const place = { word: wordOf[round]!(step % 16) % 16, turn: turns[round]![step % 4]! }
    const made = code({ round, ...place, sine: sine(step), a, b, c, d }).flat()
    ;[a, b, c, d] = [d, a, b, c]
    return made
  }).flat()
}

const four = [0, 1, 2, 3]
const copies = (from: number, to: number) => four.flatMap((k) => [...get(from + k), ...set(to + k)])
const countDown = (local: number) => [
  ...get(local),
  ...i32(1),
  ...word.subtract,
  ...set(local),
  ...get(local),
]

function md5(): WasmFunction {
  const [at, state, blocks, a, sum] = [0, 1, 2, 3, 7]
  const mix = ({ round, b, c, d }: Step): Code[] => {
    if (round === 0) return [get(c), get(d), word.xor, get(b), word.and, get(d), word.xor]
    if (round === 1) return [get(b), get(c), word.xor, get(d), word.and, get(c), word.xor]
    if (round === 2) return [get(b), get(c), word.xor, get(d), word.xor]
    return [get(d), i32(-1), word.xor, get(b), word.or, get(c), word.xor]
  }
  const code = [
    ...four.flatMap((k) => [...get(state), ...word.load(4 * k), ...set(sum + k)]),
    ...loop(
      copies(sum, a),
      steps(a, (step) => [
        get(step.a),
        get(at),
        word.load(4 * step.word),
        word.add,
        i32(step.sine),
        word.add,
        ...mix(step),
        word.add,
        i32(step.turn),
        word.rotateLeft,
        get(step.b),
        word.add,
        set(step.a),
      ]),
      four.flatMap((k) => [...get(sum + k), ...get(a + k), ...word.add, ...set(sum + k)]),
      [...get(at), ...i32(64), ...word.add, ...set(at)],
      countDown(blocks),
    ),
    ...four.flatMap((k) => [...get(state), ...get(sum + k), ...word.store(4 * k)]),
  ]
  return { name: 'md5', takes: 3, locals: Array<number>(8).fill(types.i32), code }
}

function md5x4(): WasmFunction {
  const [state, blocks, a, sum, turned, message] = [4, 5, 6, 10, 14, 15]
  const mix = ({ round, b, c, d }: Step): Code[] => {
    if (round === 0) return [get(c), get(d), get(b), words.select]
    if (round === 1) return [get(b), get(c), get(d), words.select]
    if (round === 2) return [get(b), get(c), words.xor, get(d), words.xor]
    return [get(d), words.not, get(b), words.or, get(c), words.xor]
  }
  const turn = (bits: number) => [
    ...set(turned),
    ...get(turned),
    ...i32(bits),
    ...words.shiftLeft,
    ...get(turned),
    ...i32(32 - bits),
    ...words.shiftRight,
    ...words.or,
  ]
  const code = [
    ...four.flatMap((k) => [...get(state), ...words.load(16 * k), ...set(sum + k)]),
    ...loop(
      four.flatMap((row) => turnedRow(row, message + 4 * row, a)),
      copies(sum, a),
      steps(a, (step) => [
        get(step.a),
        get(message + step.word),
        i32(step.sine),
        words.splat,
        words.add,
        words.add,
        ...mix(step),
        words.add,
        turn(step.turn),
        get(step.b),
        words.add,
        set(step.a),
      ]),
      four.flatMap((k) => [...get(sum + k), ...get(a + k), ...words.add, ...set(sum + k)]),
      four.flatMap((lane) => [...get(lane), ...i32(64), ...word.add, ...set(lane)]),
      countDown(blocks),
    ),
    ...four.flatMap((k) => [...get(state), ...get(sum + k), ...words.store(16 * k)]),
  ]
  return { name: 'md5x4', takes: 6, locals: Array<number>(25).fill(types.v128), code }
}

/** Four words of each lane to `to`, so that each vector holds one word of all four. */
function turnedRow(row: number, to: number, scratch: number): Code {
  const pick = (x: number, y: number, from: number[], into: number) => [
    ...get(x),
    ...get(y),
    ...words.pick(...from),
    ...set(into),
  ]
  return [
    ...four.flatMap((lane) => [...get(lane), ...words.load(16 * row), ...set(to + lane)]),
    ...pick(to, to + 1, [0, 4, 1, 5], scratch),
    ...pick(to + 2, to + 3, [0, 4, 1, 5], scratch + 1),
    ...pick(to, to + 1, [2, 6, 3, 7], scratch + 2),
    ...pick(to + 2, to + 3, [2, 6, 3, 7], scratch + 3),
    ...pick(scratch, scratch + 1, [0, 1, 4, 5], to),
    ...pick(scratch, scratch + 1, [2, 3, 6, 7], to + 1),
    ...pick(scratch + 2, scratch + 3, [0, 1, 4, 5], to + 2),
    ...pick(scratch + 2, scratch + 3, [2, 3, 6, 7], to + 3),
  ]
}

/** Bytes of one of the eight tables. */
export const tableBytes = 256 * 8

function crc64(name: string, lanes: number): WasmFunction {
  const [at, bytes, tables, state, end, sum] = [0, 1, 2, 3, 4, 5]
  const place = sum + lanes
  const all = Array.from({ length: lanes }, (_, lane) => lane)
  const placeOf = (lane: number) => (lane === 0 ? at : place + lane)
  const look = (lane: number, byte: number) => [
    ...get(sum + lane),
    ...i64(BigInt(8 * byte)),
    ...long.shiftRight,
    ...long.lowWord,
    ...i32(255),
    ...word.and,
    ...i32(3),
    ...word.shiftLeft,
    ...get(tables),
    ...word.add,
    ...long.load((7 - byte) * tableBytes),
  ]
  const step = (lane: number) => [
    ...get(placeOf(lane)),
    ...long.load(0),
    ...get(sum + lane),
    ...long.xor,
    ...set(sum + lane),
    ...look(lane, 0),
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((byte) => [...look(lane, byte), ...long.xor]),
    ...set(sum + lane),
    ...get(placeOf(lane)),
    ...i32(8),
    ...word.add,
    ...set(placeOf(lane)),
  ]
  const code = [
    ...all.flatMap((lane) => [...get(state), ...long.load(8 * lane), ...set(sum + lane)]),
    ...get(at),
    ...get(bytes),
    ...word.add,
    ...set(end),
    ...all
      .slice(1)
      .flatMap((lane) => [
        ...get(placeOf(lane - 1)),
        ...get(bytes),
        ...word.add,
        ...set(placeOf(lane)),
      ]),
    ...loop(...all.map(step), [...get(at), ...get(end), ...word.less]),
    ...all.flatMap((lane) => [...get(state), ...get(sum + lane), ...long.store(8 * lane)]),
  ]
  const locals = [types.i32, ...all.map(() => types.i64), ...all.map(() => types.i32)]
  return { name, takes: 4, locals, code }
}
