export interface Answer {
  status: number
  body: string
}

/** One HTTP/1.1 answer as it arrives: by its declared length, or in chunks. */
export class AnswerReading {
  answer: Answer = { status: 0, body: '' }
  /** The server closes after it. */
  isLast = false
  readonly #keepsBody: boolean
  #head = ''
  /** Undefined in the head. */
  #framing: 'length' | 'chunks' | undefined
  #leftBytes = 0
  /** What of a chunk's size line has come. */
  #line = ''

  constructor(keepsBody: boolean) {
    this.#keepsBody = keepsBody
  }

  /** True when the answer is whole. */
  take(piece: Buffer): boolean {
    if (this.#framing) return this.#body(piece)
    this.#head += piece.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) return false
    const rest = Buffer.from(this.#head.slice(end + 4), 'latin1')
    this.#begin(this.#head.slice(0, end))
    return this.#body(rest)
  }

  #begin(head: string): void {
    this.answer.status = Number(head.slice(9, 12))
    this.isLast = /\r\nconnection: *close/i.test(head)
    const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    this.#framing = isChunked ? 'chunks' : 'length'
    if (isChunked) return
    this.#leftBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  }

  #body(piece: Buffer): boolean {
    if (this.#framing === 'chunks') return this.#chunks(piece)
    this.#keep(piece)
    this.#leftBytes -= piece.length
    return this.#leftBytes <= 0
  }

  /** `<hex>\r\n<bytes>\r\n … 0\r\n\r\n`; trailers are not looked for. */
  #chunks(piece: Buffer): boolean {
    let at = 0
    while (at < piece.length) {
      if (this.#leftBytes > 0) {
        const to = Math.min(piece.length, at + this.#leftBytes)
        this.#keep(piece.subarray(at, to))
        this.#leftBytes -= to - at
        at = to
        continue
      }
      this.#line += String.fromCharCode(piece[at++]!)
      if (!this.#line.endsWith('\r\n')) continue
      // The empty line behind a chunk's bytes, or a size; behind the size 0 it is the end.
      const size = this.#line.trim()
      if (size === '') this.#line = ''
      else if (Number.parseInt(size, 16) > 0) {
        this.#leftBytes = Number.parseInt(size, 16)
        this.#line = ''
      } else if (/^0+\r\n\r\n$/.test(this.#line)) return true
    }
    return false
  }

  #keep(piece: Buffer): void {
    if (this.#keepsBody) this.answer.body += piece.toString('latin1')
  }
}
