import { createHash, timingSafeEqual, type Hash } from 'node:crypto'
import { AwsError } from './error.ts'
import { pieces, type Headers, type RequestBody } from './http.ts'
import { sha256Hex, type SigningKey } from './sigv4-canonical.ts'
import { malformedTrailer, TrailingChecksum } from './trailing-checksum.ts'

// aws-chunked: `<hex size>[;chunk-signature=<64 hex>]\r\n<data>\r\n` … `0…\r\n` trailers `\r\n`.
// Data passes through as subarrays of what arrived; nothing is copied. What is refused and what
// isn't (no last line, anything behind it) was recorded from the real service.

export interface ChunkSigning {
  key: SigningKey
  amzDate: string
  scope: string
  /** The request's own: the first link of the chain. */
  seedSignature: string
  /** What is thrown for a link that is wrong. */
  refusal: (stringToSign: string, signature: string) => AwsError
}

export interface ChunkedOptions {
  /** Absent: chunks are not signed, or the key is unknown and nothing can be verified. */
  signing: ChunkSigning | undefined
  /** Whether the mode is one that ends in trailers; signed ones end in their signature. */
  hasTrailer: boolean
  /** The name `X-Amz-Trailer` announces, lower-case. */
  announced: string | undefined
  /** `X-Amz-Decoded-Content-Length`. */
  decodedLength: number
  /** Filled once the end was read. */
  trailers: Headers
}

const lineLimitBytes = 16 * 1024
const smallestChunkBytes = 8192
const emptyHash = sha256Hex('')
const signatureTrailer = 'x-amz-trailer-signature'

const incompleteBody = () =>
  new AwsError('IncompleteBody', 'The request body terminated unexpectedly', { status: 400 })

const otherLength = (NumberBytesExpected: number, NumberBytesProvided: number) =>
  new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
    { status: 400, members: { NumberBytesExpected, NumberBytesProvided } },
  )

/** S3 notices at the next chunk, whose number it gives, and answers 403 (recorded so). */
const smallChunk = (Chunk: number, BadChunkSize: number) =>
  new AwsError(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${smallestChunkBytes} bytes`,
    { status: 403, members: { Chunk, BadChunkSize } },
  )

/** The payload inside the framing. Throws AwsError where chunk, trailer or length is wrong. */
export async function* decodeChunked(
  body: RequestBody,
  options: ChunkedOptions,
): AsyncGenerator<Uint8Array> {
  const { announced } = options
  const checksum = announced === undefined ? undefined : await TrailingChecksum.open(announced)
  const decoder = new ChunkedDecoder(options)
  for await (const piece of pieces(body)) {
    for (const data of decoder.push(piece)) {
      checksum?.update(data)
      yield data
    }
  }
  decoder.end()
  checksum?.compare(options.trailers[announced!])
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

class ChunkedDecoder {
  readonly #options: ChunkedOptions
  #state: State = 'size'
  #line = ''
  #left = 0
  #total = 0
  #chunks = 0
  #size = 0
  #isSealed = false
  #chunkSignature = ''
  #previous: string
  #hash: Hash | undefined
  #trailerText = ''

  constructor(options: ChunkedOptions) {
    this.#options = options
    this.#previous = options.signing?.seedSignature ?? ''
  }

  *push(piece: Uint8Array): Generator<Uint8Array> {
    let at = 0
    while (at < piece.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const end = Math.min(piece.length, at + this.#left)
        const data = piece.subarray(at, end)
        this.#hash?.update(data)
        this.#left -= data.length
        at = end
        if (this.#left === 0) this.#state = 'data-end'
        yield data
      } else at = this.#readLine(piece, at)
    }
  }

  end(): void {
    // The last line may be left out.
    const isRead = this.#state === 'done' || this.#state === 'trailer'
    if (!isRead || this.#line !== '') throw incompleteBody()
    const { decodedLength, hasTrailer, signing } = this.#options
    if (signing && hasTrailer && !this.#isSealed) throw incompleteBody()
    if (decodedLength !== this.#total) throw otherLength(decodedLength, this.#total)
  }

  /** Consumes up to and with the next line feed; gives the position after it. */
  #readLine(piece: Uint8Array, from: number): number {
    const feed = piece.indexOf(10, from)
    const end = feed < 0 ? piece.length : feed
    this.#line += Buffer.from(piece.buffer, piece.byteOffset + from, end - from).toString('latin1')
    if (this.#line.length > lineLimitBytes) throw incompleteBody()
    if (feed < 0) return piece.length
    if (!this.#line.endsWith('\r')) throw incompleteBody()
    const line = this.#line.slice(0, -1)
    this.#line = ''
    this.#takeLine(line)
    return feed + 1
  }

  #takeLine(line: string): void {
    if (this.#state === 'data-end') {
      if (line !== '') throw incompleteBody()
      this.#endChunk()
      this.#state = 'size'
    } else if (this.#state === 'size') this.#startChunk(line)
    else if (line === '') this.#state = 'done'
    else this.#takeTrailer(line)
  }

  #startChunk(line: string): void {
    const match = /^([0-9a-fA-F]{1,12})\s*(?:;\s*chunk-signature\s*=\s*(\w+)\s*)?$/.exec(line)
    const { signing, decodedLength } = this.#options
    if (!match || (signing && match[2] === undefined)) throw incompleteBody()
    const before = this.#size
    this.#size = Number.parseInt(match[1]!, 16)
    this.#chunkSignature = match[2] ?? ''
    this.#chunks++
    if (this.#chunks > 1 && this.#size > 0 && before < smallestChunkBytes) {
      throw smallChunk(this.#chunks, before)
    }
    this.#left = this.#size
    this.#total += this.#left
    if (this.#total > decodedLength) throw otherLength(decodedLength, this.#total)
    if (signing) this.#hash = createHash('sha256')
    if (this.#left > 0) this.#state = 'data'
    else {
      this.#endChunk()
      this.#state = 'trailer'
    }
  }

  #endChunk(): void {
    if (!this.#hash) return
    const digest = this.#hash.digest('hex')
    this.#checkLink('PAYLOAD', `${emptyHash}\n${digest}`, this.#chunkSignature)
  }

  /** Each signature is over the one before it. */
  #checkLink(kind: 'PAYLOAD' | 'TRAILER', tail: string, given: string): void {
    const { key, amzDate, scope, refusal } = this.#options.signing!
    const text = `AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scope}\n${this.#previous}\n${tail}`
    const expected = key.hex(text)
    const isEqual =
      expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given))
    if (!isEqual) throw refusal(text, given)
    this.#previous = expected
  }

  #takeTrailer(line: string): void {
    const { announced, hasTrailer, signing, trailers } = this.#options
    if (!hasTrailer) throw incompleteBody()
    const at = line.indexOf(':')
    if (at < 1) throw malformedTrailer()
    const name = line.slice(0, at).trim().toLowerCase()
    const value = line.slice(at + 1).trim()
    if (name === signatureTrailer) {
      if (this.#trailerText === '') throw incompleteBody()
      this.#isSealed = true
      if (signing) this.#checkLink('TRAILER', sha256Hex(this.#trailerText), value)
      return
    }
    if (name !== announced) throw malformedTrailer()
    trailers[name] = value
    this.#trailerText += `${name}:${value}\n`
  }
}
