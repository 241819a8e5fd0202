import { createHash, timingSafeEqual, type Hash } from 'node:crypto'
import { createChecksum, type Checksum } from './checksum.ts'
import { AwsError } from './error.ts'
import { pieces, type Headers, type RequestBody } from './http.ts'
import { sha256Hex, type SigningKey } from './sigv4-canonical.ts'

// aws-chunked: `<hex size>[;chunk-signature=<64 hex>]\r\n<data>\r\n` … `0…\r\n` trailers `\r\n`.
// Data passes through as subarrays of what arrived; nothing is copied.

export interface ChunkSigning {
  key: SigningKey
  amzDate: string
  scope: string
  /** The request's own: the first link of the chain. */
  seedSignature: string
}

export interface ChunkedOptions {
  /** Absent: chunks are not signed, or the key is unknown and nothing can be verified. */
  signing?: ChunkSigning
  /** Names of `X-Amz-Trailer`, lower-case. */
  trailerNames: string[]
  /** `X-Amz-Decoded-Content-Length`. */
  decodedLength?: number
  /** Filled once the end was read. */
  trailers: Headers
}

const lineLimitBytes = 16 * 1024
const emptyHash = sha256Hex('')

function incompleteBody(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly', { status: 400 })
}

function wrongChunk(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your key and signing method.',
    { status: 403 },
  )
}

/** The payload inside the framing. Throws AwsError where chunk, trailer or length is wrong. */
export async function* decodeChunked(
  body: RequestBody,
  options: ChunkedOptions,
): AsyncGenerator<Uint8Array> {
  const checksums = await trailerChecksums(options.trailerNames)
  const decoder = new ChunkedDecoder(options)
  for await (const piece of pieces(body)) {
    for (const data of decoder.push(piece)) {
      for (const [, checksum] of checksums) checksum.update(data)
      yield data
    }
  }
  decoder.end()
  for (const [name, checksum] of checksums) compareChecksum(name, checksum, options.trailers)
}

async function trailerChecksums(names: string[]): Promise<[string, Checksum][]> {
  const out: [string, Checksum][] = []
  for (const name of names) {
    const checksum = await createChecksum(name.replace(/^x-amz-checksum-/, ''))
    if (checksum) out.push([name, checksum])
  }
  return out
}

function compareChecksum(name: string, checksum: Checksum, trailers: Headers): void {
  const claimed = trailers[name]
  const algorithm = name.replace(/^x-amz-checksum-/, '').toUpperCase()
  if (claimed === undefined) {
    throw new AwsError(
      'MalformedTrailerError',
      'The request contained trailing data that was not well-formed or did not conform to our ' +
        'published schema.',
    )
  }
  if (claimed !== checksum.digest()) {
    throw new AwsError(
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    )
  }
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

class ChunkedDecoder {
  readonly #options: ChunkedOptions
  #state: State = 'size'
  #line = ''
  #left = 0
  #total = 0
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
    while (at < piece.length) {
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
    if (this.#state !== 'done' || this.#line !== '') throw incompleteBody()
    const { decodedLength } = this.#options
    if (decodedLength !== undefined && decodedLength !== this.#total) throw incompleteBody()
  }

  /** Consumes up to and with the next line feed; gives the position after it. */
  #readLine(piece: Uint8Array, from: number): number {
    const feed = piece.indexOf(10, from)
    const end = feed < 0 ? piece.length : feed
    this.#line += Buffer.from(piece.buffer, piece.byteOffset + from, end - from).toString('latin1')
    if (this.#line.length > lineLimitBytes) throw incompleteBody()
    if (feed < 0) return piece.length
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    this.#line = ''
    this.#takeLine(line)
    return feed + 1
  }

  #takeLine(line: string): void {
    if (this.#state === 'done') {
      if (line !== '') throw incompleteBody()
    } else if (this.#state === 'data-end') {
      if (line !== '') throw incompleteBody()
      this.#endChunk()
      this.#state = 'size'
    } else if (this.#state === 'size') this.#startChunk(line)
    else this.#takeTrailer(line)
  }

  #startChunk(line: string): void {
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line.trim())
    if (!match) throw incompleteBody()
    this.#left = Number.parseInt(match[1]!, 16)
    this.#chunkSignature = match[2] ?? ''
    this.#total += this.#left
    const { signing, decodedLength } = this.#options
    if (decodedLength !== undefined && this.#total > decodedLength) throw incompleteBody()
    if (signing) this.#hash = createHash('sha256')
    if (this.#left > 0) this.#state = 'data'
    else {
      this.#endChunk()
      this.#state = 'trailer'
    }
  }

  #endChunk(): void {
    const { signing } = this.#options
    if (!signing || !this.#hash) return
    const { key, amzDate, scope } = signing
    const digest = this.#hash.digest('hex')
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${amzDate}\n${scope}\n${this.#previous}\n${emptyHash}\n`
    this.#check(key.hex(text + digest), this.#chunkSignature)
  }

  #check(expected: string, given: string): void {
    const equal =
      expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given))
    if (!equal) throw wrongChunk()
    this.#previous = expected
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      this.#endTrailers()
      return
    }
    const at = line.indexOf(':')
    if (at < 1) throw incompleteBody()
    const name = line.slice(0, at).trim().toLowerCase()
    const value = line.slice(at + 1).trim()
    this.#options.trailers[name] = value
    if (name !== 'x-amz-trailer-signature') this.#trailerText += `${name}:${value}\n`
  }

  #endTrailers(): void {
    this.#state = 'done'
    const { signing, trailerNames, trailers } = this.#options
    if (!signing || trailerNames.length === 0) return
    const { key, amzDate, scope } = signing
    const text = `AWS4-HMAC-SHA256-TRAILER\n${amzDate}\n${scope}\n${this.#previous}\n`
    const given = trailers['x-amz-trailer-signature'] ?? ''
    this.#check(key.hex(text + sha256Hex(this.#trailerText)), given)
  }
}
