import type { Checksum } from './checksum.ts'
import { type Lanes, openLanes, tableBytes } from './lanes.ts'
import { pageCount, scratchBytes } from './sum-memory.ts'
import type { SharedMemory } from './wasm.ts'

const BLOCK_BYTES = 64
const LENGTH_BYTES = 8
// What lies where in the thread's own part of the memory.
const laneStates = 0
const oneState = 256
const crcStates = 512
const joinedAt = 640
const blocksAt = 1024
const idleBlocks = 8192
const crcTables = scratchBytes
const shiftTables = crcTables + 8 * tableBytes

const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
const polynomial = 0x9a6c9329ac4bc9b5n
const allOnes = 0xffffffffffffffffn
/** Of this length four stretches are summed at once, and joined by tables made for it. */
const stretchBytes = 16 * 1024
const laneCount = 4

/** A body's MD5, fed by `LaneSums.md5`; `update` takes what is left behind the last whole block. */
export interface Md5 extends Checksum {
  state: Uint32Array
  lengthBytes: number
}

/** MD5 and CRC-64/NVME of bytes in the shared memory, where `update` must find them. */
export class LaneSums {
  readonly #lanes: Lanes
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #longs: BigUint64Array
  readonly #md5s = new WeakSet<Checksum>()
  #hasTables = false

  constructor(memory: SharedMemory) {
    this.#lanes = openLanes(memory, pageCount)
    this.#bytes = new Uint8Array(memory.buffer)
    this.#words = new Uint32Array(memory.buffer)
    this.#longs = new BigUint64Array(memory.buffer)
  }

  view(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, at + length)
  }

  create(name: string): Checksum | undefined {
    if (name === 'md5') return this.#md5()
    return name === 'crc64nvme' ? this.#crc64() : undefined
  }

  isMd5(sum: Checksum): boolean {
    return this.#md5s.has(sum)
  }

  /** Goes on with the MD5 of up to four bodies by as many blocks of each. */
  md5(bodies: { md5: Md5; at: number }[], blocks: number): void {
    for (const { md5 } of bodies) md5.lengthBytes += blocks * BLOCK_BYTES
    const [first] = bodies
    if (!first) return
    if (bodies.length === 1) return this.#one(first.md5, first.at, blocks)
    // A lane that nobody needs goes the way of the first, and is forgotten.
    const places = Array.from({ length: laneCount }, (_, lane) => (bodies[lane] ?? first).at)
    const states = laneStates / 4
    for (let lane = 0; lane < laneCount; lane++) {
      const { state } = (bodies[lane] ?? first).md5
      for (let k = 0; k < 4; k++) this.#words[states + 4 * k + lane] = state[k]!
    }
    const [at0, at1, at2, at3] = places as [number, number, number, number]
    this.#lanes.md5x4(at0, at1, at2, at3, laneStates, blocks)
    for (const [lane, { md5 }] of bodies.entries()) {
      for (let k = 0; k < 4; k++) md5.state[k] = this.#words[states + 4 * k + lane]!
    }
  }

  #one({ state }: Md5, at: number, blocks: number): void {
    this.#words.set(state, oneState / 4)
    this.#lanes.md5(at, oneState, blocks)
    state.set(this.#words.subarray(oneState / 4, oneState / 4 + 4))
  }

  #md5(): Md5 {
    let rest = 0
    const md5: Md5 = {
      state: Uint32Array.from(start),
      lengthBytes: 0,
      update: (bytes) => {
        this.#bytes.copyWithin(blocksAt, bytes.byteOffset, bytes.byteOffset + bytes.length)
        rest = bytes.length
      },
      // Padding: a one, zeros, and the length in bits (RFC 1321, 3.1 and 3.2).
      digest: () => {
        const padded = rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES
        this.#bytes.fill(0, blocksAt + rest, blocksAt + padded)
        this.#bytes[blocksAt + rest] = 0x80
        const bits = BigInt(md5.lengthBytes + rest) * 8n
        this.#longs[(blocksAt + padded - LENGTH_BYTES) / 8] = bits
        this.#one(md5, blocksAt, padded / BLOCK_BYTES)
        return Buffer.from(md5.state.buffer).toString('base64')
      },
    }
    this.#md5s.add(md5)
    return md5
  }

  #crc64(): Checksum {
    this.#makeTables()
    let sum = allOnes
    return {
      update: (bytes) => {
        let at = bytes.byteOffset
        const end = at + bytes.length
        for (; end - at >= laneCount * stretchBytes; at += laneCount * stretchBytes) {
          sum = this.#stretches(at, sum)
        }
        const wholes = (end - at) & ~7
        if (wholes > 0) sum = this.#run(at, wholes, crcTables, sum)
        for (at += wholes; at < end; at++) sum = this.#byte(sum, this.#bytes[at]!)
      },
      digest: () => {
        const out = Buffer.alloc(8)
        out.writeBigUInt64BE(sum ^ allOnes)
        return out.toString('base64')
      },
    }
  }

  #run(at: number, bytes: number, tables: number, sum: bigint): bigint {
    this.#longs[crcStates / 8] = sum
    this.#lanes.crc64(at, bytes, tables, crcStates)
    return this.#longs[crcStates / 8]!
  }

  #byte(sum: bigint, byte: number): bigint {
    const low = Number(sum & 255n) ^ byte
    return (sum >> 8n) ^ this.#longs[crcTables / 8 + low]!
  }

  #stretches(at: number, sum: bigint): bigint {
    const states = crcStates / 8
    this.#longs.set([sum, 0n, 0n, 0n], states)
    this.#lanes.crc64x4(at, stretchBytes, crcTables, crcStates)
    // Each is moved on by the length of the next, whose sum is added: a CRC again, by other tables.
    const last = this.#longs[states + 3]!
    this.#longs.copyWithin(joinedAt / 8, states, states + 3)
    return this.#run(joinedAt, 3 * 8, shiftTables, 0n) ^ last
  }

  #makeTables(): void {
    if (this.#hasTables) return
    this.#hasTables = true
    const table = crcTables / 8
    for (let byte = 0; byte < 256; byte++) {
      let sum = BigInt(byte)
      for (let bit = 0; bit < 8; bit++) sum = sum & 1n ? (sum >> 1n) ^ polynomial : sum >> 1n
      this.#longs[table + byte] = sum
    }
    for (let at = 256; at < 8 * 256; at++) {
      this.#longs[table + at] = this.#byte(this.#longs[table + at - 256]!, 0)
    }
    this.#makeShift()
  }

  /** What becomes of each byte of a sum when a stretch of zeros follows: made of what becomes of each bit. */
  #makeShift(): void {
    const zeros = idleBlocks
    for (let byte = 0; byte < 8; byte++) {
      const table = shiftTables / 8 + (7 - byte) * 256
      this.#longs[table] = 0n
      for (let bit = 0; bit < 8; bit++) {
        const moved = this.#run(zeros, stretchBytes, crcTables, 1n << BigInt(8 * byte + bit))
        for (let low = 0; low < 1 << bit; low++) {
          this.#longs[table + (1 << bit) + low] = this.#longs[table + low]! ^ moved
        }
      }
    }
  }
}
