import { type Checksum, createChecksum, isChecksumName } from './checksums/index.ts'
import { AwsError } from './error.ts'

const prefix = 'x-amz-checksum-'

const invalidRequest = (message: string) => new AwsError('InvalidRequest', message, { status: 400 })

export const malformedTrailer = () =>
  new AwsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our ' +
      'published schema.',
    { status: 400 },
  )

/**
 * The one checksum `X-Amz-Trailer` announces, lower-case. S3 reads its list as Java splits one:
 * empty places count unless they are the last (recorded from the real service).
 */
export function announcedTrailer(header: string | undefined): string | undefined {
  const text = header?.trim().toLowerCase().replace(/,+$/, '')
  if (!text) return undefined
  const names = text.split(',').map((name) => name.trim())
  if (!names.every(isTrailer)) {
    throw invalidRequest('The value specified in the x-amz-trailer header is not supported')
  }
  if (names.length === 1) return names[0]
  throw invalidRequest(
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  )
}

const isTrailer = (name: string): boolean =>
  name.startsWith(prefix) && isChecksumName(name.slice(prefix.length))

/** Holds what a checksum header or trailer says to what was calculated. Throws InvalidRequest or BadDigest. */
export function compareChecksum(
  { name, kind }: { name: string; kind: 'header' | 'trailing header' },
  claimed: string,
  calculated: string,
): void {
  if (claimed === calculated) return
  if (Buffer.from(claimed, 'base64').length !== Buffer.from(calculated, 'base64').length) {
    throw invalidRequest(`Value for ${name} ${kind} is invalid.`)
  }
  const algorithm = name.slice(prefix.length).toUpperCase()
  throw new AwsError(
    'BadDigest',
    `The ${algorithm} you specified did not match the calculated checksum.`,
    { status: 400 },
  )
}

/** Sums the payload that passes, and compares with what comes behind it. */
export class TrailingChecksum {
  readonly #name: string
  readonly #sum: Checksum

  private constructor(name: string, sum: Checksum) {
    this.#name = name
    this.#sum = sum
  }

  /** Of an announced trailer. */
  static async open(name: string): Promise<TrailingChecksum> {
    const sum = await createChecksum(name.slice(prefix.length))
    if (!sum) throw new Error(`${name} is no checksum`)
    return new TrailingChecksum(name, sum)
  }

  update(bytes: Uint8Array): void {
    this.#sum.update(bytes)
  }

  /** Throws MalformedTrailerError, InvalidRequest or BadDigest. */
  compare(claimed: string | undefined): void {
    if (claimed === undefined) throw malformedTrailer()
    const name = this.#name
    compareChecksum({ name, kind: 'trailing header' }, claimed, this.#sum.digest())
  }
}
