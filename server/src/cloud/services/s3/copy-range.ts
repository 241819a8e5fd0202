import { invalidArgument, invalidRequest } from './refusals.ts'
import type { ByteRange } from './range.ts'

/** `x-amz-copy-source-range`: one range, whole within the source. Nothing given is all of it. */
export function parseCopyRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | undefined {
  if (header === undefined) return undefined
  const refuse = (message: string) => invalidArgument('x-amz-copy-source-range', header, message)
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  const range = { start: Number(from), end: Number(to) }
  if (from === undefined || range.end < range.start) {
    throw refuse(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    )
  }
  if (range.start >= sizeBytes) {
    throw invalidRequest('The specified copy range is invalid for the source object size')
  }
  if (range.end >= sizeBytes) {
    throw refuse(`Range specified is not valid for source object of size: ${sizeBytes}`)
  }
  return range
}
