import { createHmac, randomBytes } from 'node:crypto'
import { NULL_VERSION } from './model.ts'
import { invalidArgument } from './refusals.ts'

// S3 knows an id it never gave out from one whose version is gone: the former is an invalid argument.
// So ids end in a digest of what they begin with. It guards nothing.
const BEGIN_BYTES = 18
const ID = /^[\w-]{32}$/

const digestOf = (begin: Buffer) =>
  createHmac('sha256', 'version').update(begin).digest().subarray(0, 6)

export function newVersionId(): string {
  const begin = randomBytes(BEGIN_BYTES)
  return Buffer.concat([begin, digestOf(begin)]).toString('base64url')
}

function isIssued(id: string): boolean {
  if (id === NULL_VERSION) return true
  if (!ID.test(id)) return false
  const bytes = Buffer.from(id, 'base64url')
  return digestOf(bytes.subarray(0, BEGIN_BYTES)).equals(bytes.subarray(BEGIN_BYTES))
}

/** For a version that isn't there: throws InvalidArgument for an id that can't have been one. */
export function checkIssued(id: string): void {
  if (isIssued(id)) return
  throw invalidArgument('versionId', id, 'Invalid version id specified')
}

/** What a write answers: a bucket whose versioning is suspended tells of no id. */
export function writtenVersion(id: string): string | undefined {
  return id === NULL_VERSION ? undefined : id
}
