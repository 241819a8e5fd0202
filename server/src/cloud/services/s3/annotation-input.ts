import { isUtf8 } from 'node:buffer'
import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { invalidRequest, refusal } from './refusals.ts'

const LONGEST_NAME_BYTES = 512
const LARGEST_BYTES = 1024 * 1024

/** Unicode letters and digits, `_`, `.` and `-`; names that begin like AWS's own are kept for those. */
export function checkAnnotationName(name = ''): string {
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new AwsError('AnnotationNameTooLong', 'The annotation name exceeds 512 bytes.')
  }
  if (/^[\p{L}\p{N}_.-]+$/u.test(name) && !/^(aws|s3)/i.test(name)) return name
  throw new AwsError('InvalidAnnotationName', 'The annotation name you provided is invalid.')
}

/** By what is announced, before any of it is read; calls from inside have it at hand. */
export function checkAnnotationSize({ http: { headers, host } }: RequestContext): void {
  const size = Number(headers['x-amz-decoded-content-length'] ?? headers['content-length'])
  if (size > LARGEST_BYTES) throw tooLarge(size)
  if (Number.isNaN(size) && host !== 'in-process') {
    throw refusal('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  }
}

const tooLarge = (size: number) =>
  refusal('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: size,
    MaxSizeAllowed: LARGEST_BYTES,
  })

export function checkAnnotation(bytes: Uint8Array): Uint8Array {
  if (bytes.length > LARGEST_BYTES) throw tooLarge(bytes.length)
  if (bytes.length === 0) throw invalidRequest('The annotation payload must not be empty.')
  if (isUtf8(bytes)) return bytes
  const message = 'The annotation payload is not valid UTF-8 encoded text.'
  throw new AwsError('UnsupportedMediaType', message)
}
