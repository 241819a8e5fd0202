import { createHmac, randomBytes } from 'node:crypto'
import { NULL_VERSION } from './model.ts'
import { invalidArgument } from './refusals.ts'

// An id is 12 random bytes, the moment it was made (6 bytes, covered by a digest of the random ones), and
// a digest of both. So S3's two habits are kept: an id it never gave out is an invalid argument, while one
// whose version is gone isn't, and a list goes on from a version that has been deleted meanwhile. The
// digests guard nothing.
const RANDOM_BYTES = 12
const MOMENT_BYTES = 6
const BEGIN_BYTES = RANDOM_BYTES + MOMENT_BYTES
const ID = /^[\w-]{32}$/

const digestOf = (bytes: Buffer) =>
  createHmac('sha256', 'version').update(bytes).digest().subarray(0, MOMENT_BYTES)

function covered(moment: Buffer, random: Buffer): Buffer {
  const cover = digestOf(random)
  return Buffer.from(moment.map((byte, index) => byte ^ cover[index]!))
}

export function newVersionId(nowMs: number): string {
  const random = randomBytes(RANDOM_BYTES)
  const moment = Buffer.alloc(MOMENT_BYTES)
  moment.writeUIntBE(nowMs, 0, MOMENT_BYTES)
  const begin = Buffer.concat([random, covered(moment, random)])
  return Buffer.concat([begin, digestOf(begin)]).toString('base64url')
}

/** When an id was given out (ms); nothing for one that never was. */
export function momentOf(id: string): number | undefined {
  if (!ID.test(id)) return undefined
  const bytes = Buffer.from(id, 'base64url')
  const begin = bytes.subarray(0, BEGIN_BYTES)
  if (!digestOf(begin).equals(bytes.subarray(BEGIN_BYTES))) return undefined
  const random = bytes.subarray(0, RANDOM_BYTES)
  return covered(begin.subarray(RANDOM_BYTES), random).readUIntBE(0, MOMENT_BYTES)
}

/** For a version that isn't there: throws InvalidArgument for an id that can't have been one. */
export function checkIssued(id: string): void {
  if (id === NULL_VERSION || momentOf(id) !== undefined) return
  const message =
    id === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified'
  throw invalidArgument('versionId', id, message)
}

/** What a write answers: a bucket whose versioning is suspended tells of no id. */
export function writtenVersion(id: string): string | undefined {
  return id === NULL_VERSION ? undefined : id
}
