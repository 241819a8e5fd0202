// The POSIX tar format: blocks of 512 bytes, a header before each file, two empty blocks at the end.

const BLOCK = 512
export const tarEnd = Buffer.alloc(2 * BLOCK)
const LARGEST_NAME_BYTES = 64 * 1024

export interface TarFile {
  name: string
  size: number
  /** Permission bits. */
  mode: number
  mtimeMs: number
}

/** The header of a file; a name too long for it, or a large size, has a header of its own before. */
export function tarHeader(file: TarFile): Buffer {
  const isLong = Buffer.byteLength(file.name) > 100
  const isLarge = file.size >= 8 ** 11
  if (!isLong && !isLarge) return plainHeader(file, '0')
  const records = [
    ...(isLong ? [paxRecord('path', file.name)] : []),
    ...(isLarge ? [paxRecord('size', String(file.size))] : []),
  ]
  const body = Buffer.from(records.join(''))
  const extended = { ...file, name: 'PaxHeader', size: body.length }
  const short = { ...file, name: cut(file.name), size: isLarge ? 0 : file.size }
  return Buffer.concat([
    plainHeader(extended, 'x'),
    body,
    tarPadding(body.length),
    plainHeader(short, '0'),
  ])
}

export const tarPadding = (size: number) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

function cut(name: string): string {
  const bytes = Buffer.from(name).subarray(0, 96).toString('utf8')
  return bytes.replace(/\uFFFD$/, '')
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  length += String(length + String(length).length).length
  return `${length}${rest}`
}

function plainHeader({ name, size, mode, mtimeMs }: TarFile, type: string): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, width: number) =>
    header.write(
      `${Math.floor(value)
        .toString(8)
        .padStart(width - 1, '0')}\0`,
      at,
      'latin1',
    )
  header.write(name, 0, 'utf8')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(mtimeMs / 1000, 136, 12)
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** Sum of the bytes, the checksum's own place taken as spaces. */
function checksum(header: Buffer): number {
  let sum = 8 * 32
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += header[at]!
  return sum
}

export class NotATar extends Error {}

export type TarPart =
  | { kind: 'entry'; name: string; isFolder: boolean; isFile: boolean; mode: number; size: number }
  | { kind: 'bytes'; bytes: Buffer }

/** Reads a tar file piece by piece: an entry, then its bytes. Throws `NotATar`. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarPart> {
  const bytes = new Bytes(source)
  let given: Record<string, string> = {}
  for (;;) {
    const header = await bytes.take(BLOCK)
    if (header.every((byte) => byte === 0)) return
    const entry = entryOf(header)
    if (entry.type === 'x' || entry.type === 'g' || entry.type === 'L') {
      const text = (await bytes.take(checked(entry.size))).toString('utf8')
      await bytes.take(tarPadding(entry.size).length)
      if (entry.type === 'x') given = { ...given, ...paxRecords(text) }
      if (entry.type === 'L') given = { ...given, path: text.replace(/\0.*$/s, '') }
      continue
    }
    const name = given['path'] ?? entry.name
    const size = given['size'] === undefined ? entry.size : Number(given['size'])
    given = {}
    const isFolder = entry.type === '5' || name.endsWith('/')
    const isFile = !isFolder && (entry.type === '0' || entry.type === '\0' || entry.type === '7')
    yield { kind: 'entry', name, isFolder, isFile, mode: entry.mode, size }
    for (let left = size; left > 0;) {
      const piece = await bytes.some(left)
      left -= piece.length
      if (isFile) yield { kind: 'bytes', bytes: piece }
    }
    await bytes.take(tarPadding(size).length)
  }
}

function checked(size: number): number {
  if (size <= LARGEST_NAME_BYTES) return size
  throw new NotATar('an extended header is too long')
}

function entryOf(header: Buffer) {
  if (header.length < BLOCK) throw new NotATar('Truncated TAR archive')
  const text = (from: number, to: number) => header.toString('utf8', from, to).replace(/\0.*$/s, '')
  const octal = (from: number, to: number) => parseInt(text(from, to).trim() || '0', 8)
  if (octal(148, 156) !== checksum(header)) throw new NotATar('Not a tar archive')
  const isUstar = text(257, 262) === 'ustar'
  const prefix = isUstar ? text(345, 500) : ''
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    mode: octal(100, 108) & 0o777,
    size: octal(124, 136),
    type: header.toString('latin1', 156, 157),
  }
}

function paxRecords(text: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [, key, value] of text.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)) out[key!] = value!
  return out
}

class Bytes {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Exactly so many; fewer at the end of the file. */
  async take(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const { value, done } = await this.#source.next()
      if (done === true) break
      this.#rest = Buffer.concat([this.#rest, value])
    }
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(taken.length)
    return taken
  }

  /** At least one, at most so many. */
  async some(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#source.next()
      if (done === true) throw new NotATar('Truncated TAR archive')
      this.#rest = value
    }
    const taken = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(taken.length)
    return taken
  }
}
