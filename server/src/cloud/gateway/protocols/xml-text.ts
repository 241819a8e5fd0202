const FIRST_BYTES = 64 * 1024
/** Memory of an answer larger than this is given back after it. */
const KEPT_BYTES = 2 * 1024 * 1024
/** Beyond this many characters a call of the encoder is cheaper than a loop over them. */
const SHORT = 256
/** Of one character, escaped: `&quot;`, `&#x1F;`. */
const WIDEST = 6

const special = /[&<>"\u0000-\u0008\u000B-\u001F\u0085\u2028]/
const specials = /[&<>"\u0000-\u0008\u000B-\u001F\u0085\u2028]/g

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters become references, as S3 answers them (not strictly XML 1.0, but real). */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text
  return text.replaceAll(
    specials,
    (c) => named[c] ?? `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`,
  )
}

/** 1 where an ASCII character stands for itself. */
const isPlain = Uint8Array.from({ length: 128 }, (_, code) =>
  special.test(String.fromCharCode(code)) ? 0 : 1,
)

const [QUOTE, ZERO, COLON, DOT, ZULU] = Buffer.from('"0:.Z') as unknown as number[]
const quote = Buffer.from('&quot;')
const DAY_MS = 86_400_000
/** `08:35:20.123Z` */
const CLOCK_BYTES = 13

/**
 * XML being written, in UTF-8 from the start: a string of twenty thousand pieces is walked again to lay
 * it out, to measure and to encode it, which takes longer than making the pieces (docs/decisions/004).
 */
class XmlText {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #size = 0
  #document = 0
  #dayMs = Number.NaN
  #day: Uint8Array = quote

  /** Which of its documents it writes: places in another one mean nothing. */
  get document(): number {
    return this.#document
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  /** Takes back what was written since `size` was this. */
  cut(size: number): void {
    this.#size = size
  }

  /** What was written at `from`, once more. */
  repeat(from: number, sizeBytes: number): void {
    this.#reserve(sizeBytes)
    this.#bytes.copyWithin(this.#size, from, from + sizeBytes)
    this.#size += sizeBytes
  }

  /** Markup, as it is. */
  bytes(piece: Uint8Array): void {
    this.#reserve(piece.length)
    this.#bytes.set(piece, this.#size)
    this.#size += piece.length
  }

  /** Markup, as it is. */
  raw(text: string): void {
    this.#reserve(text.length * 3)
    this.#size += this.#bytes.write(text, this.#size, 'utf8')
  }

  /** Escaped: an element's text or an attribute's value. */
  text(text: string): void {
    const { length } = text
    if (length > SHORT) return this.raw(escapeXml(text))
    this.#reserve(length * WIDEST)
    const bytes = this.#bytes
    let at = this.#size
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code < 128 && isPlain[code] === 1) bytes[at++] = code
      else if (code === QUOTE) {
        // An ETag has two of them.
        bytes.set(quote, at)
        at += quote.length
      } else return this.raw(escapeXml(text))
    }
    this.#size = at
  }

  /** `2026-11-23T08:35:20Z`; a fraction where there is one, or where it is asked for. */
  moment(date: Date, withFraction: boolean): void {
    const ms = date.getTime()
    const isOtherDay = !(ms >= this.#dayMs && ms < this.#dayMs + DAY_MS)
    if (isOtherDay) this.#startDay(date)
    this.bytes(this.#day)
    this.#reserve(CLOCK_BYTES)
    this.#size = writeClock(this.#bytes, this.#size, ms - this.#dayMs, withFraction)
  }

  /** Throws RangeError for a moment that is none. */
  #startDay(date: Date): void {
    const iso = date.toISOString()
    this.#dayMs = Math.floor(date.getTime() / DAY_MS) * DAY_MS
    this.#day = Buffer.from(iso.slice(0, iso.indexOf('T') + 1))
  }

  /** Begins a document, whatever became of the one before. */
  start(): void {
    this.#document++
    this.#size = 0
  }

  /** What was written, in memory of its own; nothing is written afterwards. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#size))
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
    return taken
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#size + sizeBytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = larger
  }
}

function writeClock(out: Uint8Array, start: number, inDayMs: number, withFraction: boolean) {
  const seconds = Math.floor(inDayMs / 1000)
  const fraction = inDayMs - seconds * 1000
  let at = twoDigits(out, start, Math.floor(seconds / 3600))
  out[at++] = COLON!
  at = twoDigits(out, at, Math.floor(seconds / 60) % 60)
  out[at++] = COLON!
  at = twoDigits(out, at, seconds % 60)
  if (fraction !== 0 || withFraction) {
    out[at++] = DOT!
    out[at++] = ZERO! + Math.floor(fraction / 100)
    at = twoDigits(out, at, fraction % 100)
  }
  out[at++] = ZULU!
  return at
}

function twoDigits(out: Uint8Array, at: number, number: number): number {
  out[at] = ZERO! + Math.floor(number / 10)
  out[at + 1] = ZERO! + (number % 10)
  return at + 2
}

export type { XmlText }

const shared = new XmlText()

/** What `write` writes, which runs to its end before anything else is written. */
export function xmlText(write: (out: XmlText) => void): Buffer {
  shared.start()
  write(shared)
  return shared.take()
}
