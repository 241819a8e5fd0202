import { existsSync, readFileSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** One line of `log.index`; names are short because a long log has a hundred thousand of them. */
export interface LogRecord {
  /** Length of the piece in bytes. */
  l: number
  /** Stage. */
  s?: string
  /** Key. */
  k?: string
  /** Step that it comes from, and how much of its output has been taken. */
  f?: string
  t?: number
  /** The log was cut here. */
  x?: 1
}

export function readRecords(folder: string): LogRecord[] {
  const file = join(folder, 'log.index')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop()
  return lines.map((line) => JSON.parse(line) as LogRecord)
}

export interface LogPart {
  text: string
  nextOffset: number
  /** In the order of the text: which stage so many of its characters belong to. */
  marks?: { stage?: string; characters: number }[]
}

interface Span {
  start: number
  length: number
  stage?: string
}

/**
 * Text from a byte offset; with `stage`, of that stage and what is inside it, with its own offsets. `marks` reads the whole
 * index, so it is asked for only where stages run side by side.
 */
export async function readLog(
  folder: string,
  ask: { offset: number; limitBytes: number; stage?: string; marks?: boolean },
): Promise<LogPart> {
  const isPlain = ask.stage === undefined && !ask.marks
  const read = await readPieces(folder, ask, isPlain)
  if (!read) return { text: '', nextOffset: ask.offset }
  const { parts, pieces } = read
  const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  const bytes = wholeCharacters(whole, ask.limitBytes)
  const part = { text: bytes.toString('utf8'), nextOffset: ask.offset + bytes.length }
  if (!ask.marks) return part
  const marks = parts.map(({ stage }, index) => {
    const characters = pieces[index]!.toString('utf8').length
    return stage === undefined ? { characters } : { stage, characters }
  })
  return { ...part, marks }
}

/** The same as it lies on the disk: a range may cut a character. */
export async function readLogBytes(
  folder: string,
  ask: { offset: number; limitBytes: number; stage?: string },
): Promise<Buffer> {
  const read = await readPieces(folder, ask, ask.stage === undefined)
  return Buffer.concat(read?.pieces ?? [])
}

/** Bytes of the whole log, or of a stage's. */
export async function logSize(folder: string, stage?: string): Promise<number> {
  if (!existsSync(join(folder, 'log'))) return 0
  if (stage === undefined) return (await stat(join(folder, 'log'))).size
  return spansOf(folder, stage).reduce((sum, { length }) => sum + length, 0)
}

/** `isPlain`: without the index, since neither a stage nor marks are asked for. */
async function readPieces(
  folder: string,
  ask: { offset: number; limitBytes: number; stage?: string },
  isPlain: boolean,
): Promise<{ parts: Span[]; pieces: Buffer[] } | undefined> {
  if (!existsSync(join(folder, 'log'))) return undefined
  const file = await open(join(folder, 'log'))
  try {
    const { size } = await file.stat()
    const spans = isPlain ? [{ start: 0, length: size }] : spansOf(folder, ask.stage)
    const pieces: Buffer[] = []
    const parts = cut(spans, ask.offset, ask.limitBytes)
    for (const span of parts) {
      const piece = Buffer.allocUnsafe(span.length)
      const { bytesRead } = await file.read(piece, 0, span.length, span.start)
      pieces.push(piece.subarray(0, bytesRead))
    }
    return { parts, pieces }
  } finally {
    await file.close()
  }
}

function spansOf(folder: string, stage: string | undefined): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const record of readRecords(folder)) {
    const isIn =
      stage === undefined || record.s === stage || record.s?.startsWith(`${stage}/`) === true
    const last = spans.at(-1)
    const goesOn = last?.stage === record.s && last && last.start + last.length === start
    if (isIn && goesOn) last.length += record.l
    else if (isIn) spans.push({ start, length: record.l, ...(record.s && { stage: record.s }) })
    start += record.l
  }
  return spans
}

/** Of spans laid end to end, the part from `offset`, at most `limit` long. */
function cut(spans: Span[], offset: number, limit: number): Span[] {
  const parts: Span[] = []
  let skip = offset
  let left = limit
  for (const span of spans) {
    if (skip >= span.length) {
      skip -= span.length
      continue
    }
    const length = Math.min(span.length - skip, left)
    if (length > 0) parts.push({ ...span, start: span.start + skip, length })
    skip = 0
    left -= length
  }
  return parts
}

/** A reply that was cut by its limit ends with a whole character. */
function wholeCharacters(bytes: Buffer, limit: number): Buffer {
  if (bytes.length < limit) return bytes
  let end = bytes.length
  while (end > 0 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  if (end > 0 && bytes[end - 1]! >= 0xc0) end--
  return end > 0 && bytes.length - end < 4 && !isWhole(bytes, end) ? bytes.subarray(0, end) : bytes
}

function isWhole(bytes: Buffer, start: number): boolean {
  const first = bytes[start] ?? 0
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return bytes.length - start === length || first < 0x80
}
