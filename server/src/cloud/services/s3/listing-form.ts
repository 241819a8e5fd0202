import { listedMetaOf, metaOf } from './meta-text.ts'
import type { Restore } from './model.ts'
import { invalidArgument } from './refusals.ts'

/** `encoding-type=url`: as a form would, slashes left alone. Otherwise the text as it is. */
export function encodeListed(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text
  if (type !== 'url') {
    throw invalidArgument('encoding-type', type, 'Invalid Encoding Method specified in Request')
  }
  return (text) => (standsForItself.test(text) ? text : formEncoded(text))
}

const standsForItself = /^[\w.*/-]*$/

const formEncoded = (text: string) =>
  encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')

const MOST_KEYS = 1000

export function checkMaxKeys(
  given: number | undefined,
  message = 'Argument maxKeys must be an integer between 0 and 2147483647',
): number {
  if (given === undefined) return MOST_KEYS
  if (Number.isInteger(given) && given >= 0) return Math.min(given, MOST_KEYS)
  throw invalidArgument('maxKeys', String(given), message)
}

const TOKEN = 'madang:'

/** Opaque to clients; where the page before ended. */
export function continuationToken(last: string): string {
  return Buffer.from(TOKEN + last).toString('base64')
}

export function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString()
  if (text.startsWith(TOKEN)) return text.slice(TOKEN.length)
  throw invalidArgument(
    'continuation-token',
    undefined,
    'The continuation token provided is incorrect',
  )
}

/** What a listing says of an object's metadata. */
export function ofMeta(text: string, withRestore = false) {
  const { storageClass, checksums, checksumType } = listedMetaOf(text)
  const { restore } = withRestore ? metaOf(text) : {}
  return {
    StorageClass: storageClass as 'STANDARD',
    ChecksumAlgorithm: checksums as 'CRC32'[] | undefined,
    ChecksumType: checksumType,
    RestoreStatus: restore && restoreStatus(restore),
  }
}

const restoreStatus = ({ isOngoing, expiresAt }: Restore) => ({
  IsRestoreInProgress: isOngoing,
  ...(expiresAt !== undefined && { RestoreExpiryDate: new Date(expiresAt) }),
})

/** `x-amz-optional-object-attributes`: there is but one. */
export function wantsRestore({
  OptionalObjectAttributes: wanted = [],
}: {
  OptionalObjectAttributes?: string[] | undefined
}): boolean {
  const wrong = wanted.find((each) => each.trim() !== 'RestoreStatus')
  if (wrong === undefined) return wanted.length > 0
  const message = 'Invalid attribute name specified.'
  throw invalidArgument('x-amz-optional-object-attributes', wrong, message)
}
