import type { WriterRequest } from './sqlite-messages.ts'
import { type SumName, SumText } from './sums.ts'
import type { Statement } from './types.ts'

// How requests go to the writer thread. A message is cloned value by value, so it is one flat list:
// without names of members, with a number for a text of SQL that was sent before, and with all bytes in
// one buffer, which is handed over instead of copied (and without the pool that a small one lies in).

export interface WireMessage {
  list: unknown[]
  bytes: Uint8Array<ArrayBuffer> | undefined
}

const sumNames: SumName[] = ['md5', 'crc64nvme']

const kinds = ['begin', 'query', 'release', 'undo', 'apply', 'close'] as const

/** Both ends number texts in the order in which they come; beyond this many they go as they are. */
const NUMBERED_TEXTS = 2000

/** Bytes begin where a word does: summing them takes half as long. */
const spaceOf = (sizeBytes: number): number => (sizeBytes + 7) & ~7

/** The sending end of one line; messages arrive in the order they were made. */
export class WireWriter {
  readonly #numbers = new Map<string, number>()
  #list: unknown[] = []
  #pieces: Uint8Array[] = []
  #sizeBytes = 0

  message(requests: WriterRequest[]): WireMessage {
    for (const request of requests) this.#request(request)
    const message = { list: this.#list, bytes: this.#joined() }
    this.#list = []
    this.#pieces = []
    this.#sizeBytes = 0
    return message
  }

  #request(request: WriterRequest): void {
    this.#list.push(kinds.indexOf(request.kind), request.id)
    if (request.kind === 'release') this.#list.push(request.more)
    else if (request.kind === 'query') this.#statement(request)
    else if (request.kind === 'apply') {
      this.#list.push(request.statements.length)
      for (const statement of request.statements) this.#statement(statement)
    }
  }

  #statement({ sql, parameters }: Statement): void {
    this.#list.push(this.#numberOf(sql) ?? sql, parameters.length)
    for (const value of parameters) {
      if (value instanceof Uint8Array) {
        // Elsewhere undefined is null to the database and true is 1, so they are free to say "bytes" and "a sum".
        this.#list.push(undefined, value.length)
        this.#pieces.push(value)
        this.#sizeBytes += spaceOf(value.length)
      } else if (value instanceof SumText) {
        this.#list.push(true, sumNames.indexOf(value.sum), value.before, value.after)
      } else if (typeof value === 'boolean') this.#list.push(value ? 1 : 0)
      else this.#list.push(value === undefined ? null : value)
    }
  }

  #numberOf(sql: string): number | undefined {
    const number = this.#numbers.get(sql)
    if (number === undefined && this.#numbers.size < NUMBERED_TEXTS) {
      this.#numbers.set(sql, this.#numbers.size)
    }
    return number
  }

  #joined(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#pieces.length === 0) return undefined
    // Of its own, not of the pool, and not filled with zeros first.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(this.#sizeBytes).buffer)
    let at = 0
    for (const piece of this.#pieces) {
      bytes.set(piece, at)
      at += spaceOf(piece.length)
    }
    return bytes
  }
}

/** The receiving end. */
export class WireReader {
  readonly #texts: string[] = []
  #message: WireMessage = { list: [], bytes: undefined }
  #at = 0
  #bytesAt = 0

  requests(message: WireMessage): WriterRequest[] {
    this.#message = message
    this.#at = 0
    this.#bytesAt = 0
    const requests: WriterRequest[] = []
    while (this.#at < message.list.length) requests.push(this.#request())
    return requests
  }

  #next(): unknown {
    return this.#message.list[this.#at++]
  }

  #request(): WriterRequest {
    const kind = kinds[this.#next() as number]!
    const id = this.#next() as number
    if (kind === 'query') return { kind, id, ...this.#statement() }
    if (kind === 'release') return { kind, id, more: this.#next() as boolean }
    if (kind !== 'apply') return { kind, id }
    const count = this.#next() as number
    return { kind, id, statements: Array.from({ length: count }, () => this.#statement()) }
  }

  #statement(): Statement {
    const sql = this.#text(this.#next() as string | number)
    const length = this.#next() as number
    const parameters: unknown[] = []
    for (let at = 0; at < length; at++) {
      const value = this.#next()
      if (value === undefined) parameters.push(this.#piece(this.#next() as number))
      else if (value === true) parameters.push(this.#sumText())
      else parameters.push(value)
    }
    return { sql, parameters }
  }

  #sumText(): SumText {
    const sum = sumNames[this.#next() as number]!
    return new SumText(sum, this.#next() as string, this.#next() as string)
  }

  #text(said: string | number): string {
    if (typeof said === 'number') return this.#texts[said]!
    if (this.#texts.length < NUMBERED_TEXTS) this.#texts.push(said)
    return said
  }

  #piece(sizeBytes: number): Uint8Array {
    const from = this.#bytesAt
    this.#bytesAt += spaceOf(sizeBytes)
    return this.#message.bytes!.subarray(from, from + sizeBytes)
  }
}
