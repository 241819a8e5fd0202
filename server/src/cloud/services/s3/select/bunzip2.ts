import { refuse } from './refusals.ts'

// bzip2, as its format is described ("bzip2: format specification"): blocks of Huffman-coded,
// move-to-front'd, Burrows-Wheeler-transformed bytes. Node has no decoder for it.

const BLOCK = 0x314159265359n
const END = 0x177245385090n

const broken = () =>
  refuse(
    'InvalidCompressionFormat',
    'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
  )

/** The plain bytes, a piece per block. Throws InvalidCompressionFormat. */
export function* bunzip2(bytes: Uint8Array): Generator<Uint8Array> {
  const bits = new Bits(bytes)
  while (!bits.isAtEnd()) {
    if (bits.read(24) !== 0x425a68) throw broken()
    const level = bits.read(8) - 0x30
    if (level < 1 || level > 9) throw broken()
    for (;;) {
      const magic = (BigInt(bits.read(24)) << 24n) | BigInt(bits.read(24))
      bits.read(16)
      bits.read(16)
      if (magic === END) break
      if (magic !== BLOCK) throw broken()
      yield readBlock(bits, level * 100_000)
    }
    // Files may be joined one after the other, each beginning at a byte.
    bits.align()
  }
}

class Bits {
  readonly #bytes: Uint8Array
  #position = 0
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Up to 24 bits, the highest first. */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#position >= this.#bytes.length) throw broken()
      this.#held = ((this.#held << 8) | this.#bytes[this.#position++]!) >>> 0
      this.#count += 8
    }
    this.#count -= count
    const value = Math.floor(this.#held / 2 ** this.#count) & (2 ** count - 1)
    this.#held &= 2 ** this.#count - 1
    return value
  }

  align(): void {
    this.#count -= this.#count % 8
    this.#held &= 2 ** this.#count - 1
  }

  isAtEnd(): boolean {
    return this.#count < 8 && this.#position >= this.#bytes.length
  }
}

function readBlock(bits: Bits, size: number): Uint8Array {
  if (bits.read(1) === 1) throw broken()
  const start = bits.read(24)
  const symbols = readSymbols(bits)
  const groups = bits.read(3)
  const selectors = readSelectors(bits, groups)
  const tables = Array.from({ length: groups }, () => readTable(bits, symbols.length + 2))
  const { column, length } = readColumn(bits, { symbols, selectors, tables, size })
  if (start >= length) throw broken()
  return unrun(untransform(column, length, start))
}

function readSymbols(bits: Bits): number[] {
  const ranges = bits.read(16)
  const symbols: number[] = []
  for (let high = 0; high < 16; high++) {
    if (!((ranges >> (15 - high)) & 1)) continue
    const used = bits.read(16)
    for (let low = 0; low < 16; low++) {
      if ((used >> (15 - low)) & 1) symbols.push(high * 16 + low)
    }
  }
  return symbols
}

function readSelectors(bits: Bits, groups: number): number[] {
  const count = bits.read(15)
  const order = Array.from({ length: groups }, (_, index) => index)
  const selectors: number[] = []
  for (let i = 0; i < count; i++) {
    let at = 0
    while (bits.read(1) === 1) if (++at >= groups) throw broken()
    const [chosen] = order.splice(at, 1)
    order.unshift(chosen!)
    selectors.push(chosen!)
  }
  return selectors
}

/** A canonical Huffman code: by length, the first code, and where its symbols begin. */
interface Table {
  first: number[]
  count: number[]
  offset: number[]
  symbols: number[]
}

function readTable(bits: Bits, alphabet: number): Table {
  const lengths: number[] = []
  let length = bits.read(5)
  for (let i = 0; i < alphabet; i++) {
    while (bits.read(1) === 1) length += bits.read(1) === 1 ? -1 : 1
    if (length < 1 || length > 20) throw broken()
    lengths.push(length)
  }
  const table: Table = { first: [0], count: [0], offset: [0], symbols: [] }
  let code = 0
  for (let size = 1; size <= 20; size++) {
    const own = lengths.flatMap((each, symbol) => (each === size ? [symbol] : []))
    table.first[size] = code
    table.count[size] = own.length
    table.offset[size] = table.symbols.length
    table.symbols.push(...own)
    code = (code + own.length) << 1
  }
  return table
}

function readSymbol(bits: Bits, { first, count, offset, symbols }: Table): number {
  let code = 0
  for (let size = 1; size <= 20; size++) {
    code = (code << 1) | bits.read(1)
    const index = code - first[size]!
    if (index >= 0 && index < count[size]!) return symbols[offset[size]! + index]!
  }
  throw broken()
}

interface Coding {
  symbols: number[]
  selectors: number[]
  tables: Table[]
  size: number
}

/** Undoes the Huffman codes, the runs of zeros and the move-to-front. */
function readColumn(bits: Bits, { symbols, selectors, tables, size }: Coding) {
  const column = new Uint8Array(size)
  const order = [...symbols]
  const end = symbols.length + 1
  let [length, run, weight] = [0, 0, 1]
  for (let read = 0; ; read++) {
    const table = tables[selectors[Math.floor(read / 50)] ?? -1]
    if (!table) throw broken()
    const symbol = readSymbol(bits, table)
    if (symbol <= 1) {
      run += weight << symbol
      weight <<= 1
      if (run > size) throw broken()
      continue
    }
    if (run > 0) {
      if (length + run > size) throw broken()
      column.fill(order[0]!, length, length + run)
      length += run
      run = 0
      weight = 1
    }
    if (symbol === end) return { column, length }
    const [value] = order.splice(symbol - 1, 1)
    order.unshift(value!)
    if (length >= size) throw broken()
    column[length++] = value!
  }
}

/** Undoes the Burrows-Wheeler transform. */
function untransform(column: Uint8Array, length: number, start: number): Uint8Array {
  const begins = new Uint32Array(257)
  for (let i = 0; i < length; i++) begins[column[i]! + 1]!++
  for (let i = 0; i < 256; i++) begins[i + 1]! += begins[i]!
  const next = new Uint32Array(length)
  for (let i = 0; i < length; i++) next[begins[column[i]!]!++] = i
  const out = new Uint8Array(length)
  let at = next[start]!
  for (let i = 0; i < length; i++) {
    out[i] = column[at]!
    at = next[at]!
  }
  return out
}

/** Undoes the first run-length coding: four alike are followed by how many more there are. */
function unrun(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  let [from, alike] = [0, 1]
  for (let i = 1; i < bytes.length; i++) {
    alike = bytes[i] === bytes[i - 1] ? alike + 1 : 1
    if (alike < 4 || i + 1 >= bytes.length) continue
    pieces.push(bytes.subarray(from, i + 1), new Uint8Array(bytes[i + 1]!).fill(bytes[i]!))
    from = i + 2
    i += 2
    alike = 1
  }
  pieces.push(bytes.subarray(from))
  return Buffer.concat(pieces)
}
