import { AwsError } from '../../../gateway/index.ts'
import { invalid } from '../refusals.ts'

const TOKEN_MS = 8 * 3_600_000

/** A client's token stands for what was begun with it, for eight hours. */
export const isTokenKnown = ({ createdAtMs }: { createdAtMs: number }, now: number): boolean =>
  now - createdAtMs < TOKEN_MS

/** The service's word for a token that was used before, for something else. */
export const tokenConflict = (code: 'ExportConflictException' | 'ImportConflictException') =>
  new AwsError(code, 'Duplicate request detected with conflicting parameters')

const PAGE = 25
const TOKEN_LENGTH = 112

/** Hexadecimal, in blocks of sixteen digits and at least seven of them, as clients demand. */
function tokenOf({ arn }: { arn: string }): string {
  const digits = Buffer.from(arn).toString('hex')
  return digits.padEnd(Math.max(TOKEN_LENGTH, Math.ceil(digits.length / 16) * 16), '0')
}

/** The page after the token, and what leads on from it. */
export function pageAfter<T extends { arn: string }>(
  all: T[],
  token: string | undefined,
  limit = PAGE,
): { page: T[]; next: { NextToken?: string } } {
  const last = token === undefined ? -1 : all.findIndex((one) => tokenOf(one) === token)
  if (token !== undefined && last < 0) throw invalid('Invalid NextToken')
  const page = all.slice(last + 1, last + 1 + limit)
  const isMore = last + 1 + limit < all.length
  return { page, next: isMore ? { NextToken: tokenOf(page.at(-1)!) } : {} }
}

const arnForm = /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[\w.-]{3,255}\/(export|import)\/[^/]+$/

export function checkTransferArn(arn: string, kind: 'export' | 'import'): void {
  if (arnForm.exec(arn)?.[1] === kind) return
  throw invalid(`Invalid ${kind === 'export' ? 'Export' : 'Import'} ARN`)
}
