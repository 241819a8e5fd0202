import { createHash } from 'node:crypto'
import { type AwsError, malformedTrailer, type RequestContext } from '../../gateway/index.ts'
import type { StoredBody } from './body.ts'
import { type ChecksumName, checksumNames, type Checksums } from './model.ts'
import { badDigest, invalidRequest, refusal } from './refusals.ts'

interface ClaimInput {
  ChecksumCRC32?: string | undefined
  ChecksumCRC32C?: string | undefined
  ChecksumCRC64NVME?: string | undefined
  ChecksumMD5?: string | undefined
  ChecksumSHA1?: string | undefined
  ChecksumSHA256?: string | undefined
  ChecksumSHA512?: string | undefined
  ChecksumXXHASH128?: string | undefined
  ChecksumXXHASH3?: string | undefined
  ChecksumXXHASH64?: string | undefined
  ChecksumAlgorithm?: string | undefined
  ContentMD5?: string | undefined
}

/** What the client says of its bytes. */
export interface Claims {
  md5?: string
  /** By header: to be computed and compared. */
  values: Partial<Record<ChecksumName, string>>
  /** By trailer: the gateway compares them while the body passes. */
  trailing: ChecksumName[]
  /** What to compute; S3 takes CRC64NVME where nothing was asked. */
  compute: ChecksumName[]
  /** The client named none. */
  isDefault: boolean
}

const digestBytes: Record<ChecksumName, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  XXHASH128: 16,
  XXHASH3: 8,
  XXHASH64: 8,
}

const members = checksumNames.map((name) => [name, `Checksum${name}`] as const)

/** Whether a text is base64 of as many bytes as the algorithm gives. */
export const isChecksum = (name: ChecksumName, text: string): boolean =>
  Buffer.from(text, 'base64').length === digestBytes[name]

export function readClaims(
  input: ClaimInput,
  ctx: Pick<RequestContext, 'http'>,
  fallback: ChecksumName = 'CRC64NVME',
): Claims {
  const values: Claims['values'] = {}
  for (const [name, member] of members) {
    const value = input[member]
    if (value !== undefined) values[name] = value
  }
  const claimed = Object.keys(values) as ChecksumName[]
  if (claimed.length > 1) throw manyChecksums()
  for (const name of claimed) if (!isChecksum(name, values[name]!)) throw invalidChecksum(name)
  if (claimed.length === 0) checkHeaders(ctx)
  const trailing = trailingNames(ctx)
  if (trailing.length > 1) throw manyChecksums()
  if (claimed.length > 0 && trailing.length > 0) {
    throw invalidRequest('Expecting a single x-amz-checksum- header')
  }
  const asked = asChecksumName(input.ChecksumAlgorithm)
  if (asked) checkAsked(asked, claimed, trailing, ctx)
  if (trailing.length > 0 && !modeOf(ctx)?.endsWith('-TRAILER')) throw malformedTrailer()
  const compute = claimed.length > 0 ? claimed : asked ? [asked] : trailing
  return {
    md5: checkMd5Form(input.ContentMD5),
    values,
    trailing,
    compute: compute.length > 0 ? compute : [fallback],
    isDefault: compute.length === 0,
  }
}

const otherHeaders = new Set(['algorithm', 'mode', 'type'])

/** A checksum by an algorithm that isn't any, which no member of the input holds. */
function checkHeaders({ http: { headers } }: Pick<RequestContext, 'http'>): void {
  for (const header in headers) {
    if (!header.startsWith('x-amz-checksum-')) continue
    const name = header.slice('x-amz-checksum-'.length)
    if (otherHeaders.has(name)) continue
    throw invalidRequest('The algorithm type you specified in x-amz-checksum- header is invalid.')
  }
}

export const invalidChecksum = (of: ChecksumName | 'TYPE'): AwsError =>
  invalidRequest(`Value for x-amz-checksum-${of.toLowerCase()} header is invalid.`)

export const manyChecksums = () =>
  invalidRequest(
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  )

/** Over the wire an algorithm comes with its sum; within this program it asks for one. */
function checkAsked(
  asked: ChecksumName,
  claimed: ChecksumName[],
  trailing: ChecksumName[],
  { http }: Pick<RequestContext, 'http'>,
): void {
  if (http.headers['x-amz-sdk-checksum-algorithm'] === undefined) return
  const given = [...claimed, ...trailing]
  if (given.length === 0) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  if (given.includes(asked)) return
  throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.')
}

export function asChecksumName(text: string | undefined): ChecksumName | undefined {
  if (text === undefined) return undefined
  const name = checksumNames.find((each) => each === text.toUpperCase())
  if (name) return name
  throw invalidRequest(
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [' +
      `${checksumNames.join(', ')}]`,
  )
}

const modeOf = ({ http }: Pick<RequestContext, 'http'>) => http.headers['x-amz-content-sha256']

function trailingNames(ctx: Pick<RequestContext, 'http'>): ChecksumName[] {
  const announced = ctx.http.headers['x-amz-trailer']?.toLowerCase()
  // Some clients announce one also in this mode, where none can come, its value among the headers.
  if (!announced || modeOf(ctx) === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') return []
  return announced.split(',').flatMap((each) => {
    const trailer = each.trim()
    return checksumNames.filter((name) => trailer === `x-amz-checksum-${name.toLowerCase()}`)
  })
}

function checkMd5Form(md5: string | undefined): string | undefined {
  if (md5 === undefined || Buffer.from(md5, 'base64').length === 16) return md5
  const message = 'The Content-MD5 you specified was invalid.'
  throw refusal('InvalidDigest', 400, message, { 'Content-MD5': md5 })
}

/** Compares; gives what the object keeps. Throws BadDigest (the caller drops the bytes). */
export function settleClaims(claims: Claims, body: StoredBody): Checksums {
  if (claims.md5 && Buffer.from(body.md5, 'hex').toString('base64') !== claims.md5) {
    const CalculatedDigest = Buffer.from(body.md5, 'hex').toString('base64')
    throw badDigest('Content-MD5', { ExpectedDigest: claims.md5, CalculatedDigest })
  }
  for (const [name, value] of Object.entries(claims.values)) {
    if (body.checksums[name as ChecksumName] !== value) throw badDigest(name)
  }
  return { type: 'FULL_OBJECT', values: body.checksums }
}

/** Members `ChecksumCRC32`… and `ChecksumType` of an answer. */
export function shownChecksums(checksums: Checksums | undefined) {
  return checksums ? { ...shownValues(checksums), ChecksumType: checksums.type } : {}
}

export function shownValues({ values }: Checksums) {
  const shown: Record<string, string> = {}
  for (const [name, member] of members) {
    const value = values[name]
    if (value !== undefined) shown[member] = value
  }
  return shown
}

/** The checksum of a multipart object: of its parts' checksums, or of the whole made from them. */
export async function joinChecksums(
  name: ChecksumName,
  type: Checksums['type'],
  parts: { value: string; sizeBytes: number }[],
  combine: (name: ChecksumName, a: bigint, b: bigint, sizeB: number) => bigint,
  digest: (name: ChecksumName, bytes: Uint8Array) => Promise<string>,
): Promise<string> {
  const raw = parts.map(({ value }) => Buffer.from(value, 'base64'))
  if (type === 'COMPOSITE') return `${await digest(name, Buffer.concat(raw))}-${parts.length}`
  const width = digestBytes[name]
  const asNumber = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)
  let total = asNumber(raw[0]!)
  for (let at = 1; at < raw.length; at++) {
    total = combine(name, total, asNumber(raw[at]!), parts[at]!.sizeBytes)
  }
  return Buffer.from(total.toString(16).padStart(width * 2, '0'), 'hex').toString('base64')
}

/** S3's ETag of a multipart object: MD5 of the parts' MD5s, and how many there are. */
export function multipartEtag(md5s: string[]): string {
  const joined = createHash('md5')
  for (const md5 of md5s) joined.update(Buffer.from(md5, 'hex'))
  return `${joined.digest('hex')}-${md5s.length}`
}
