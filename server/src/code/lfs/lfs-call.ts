import { codeLfsErrors } from '@madang/api'
import { type Actor, type Exchange, readBody, refusals } from '../../kernel/index.ts'
import type { CodeContext, OpenRepo } from '../context.ts'

export const refuseLfs = refusals(codeLfsErrors)

/** One call of git-lfs that may be answered. */
export interface LfsCall {
  context: CodeContext
  exchange: Exchange
  repo: OpenRepo
  actor: Actor
  isMaintainer: boolean
  /** Whether the caller may store objects and hold locks. */
  mayWrite: boolean
}

const JSON_LIMIT_BYTES = 4 * 1024 * 1024

/** The body as an object; git-lfs sends its own content type. Throws `lfsBadRequest`. */
export async function readLfsJson({ exchange }: LfsCall): Promise<Record<string, unknown>> {
  const text = (await readBody(exchange.request, JSON_LIMIT_BYTES)).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuseLfs('lfsBadRequest', { reason: (error as Error).message })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseLfs('lfsBadRequest', { reason: 'the body is no JSON object' })
  }
  return value as Record<string, unknown>
}

export function sendLfs({ exchange }: LfsCall, status: number, value: object): void {
  const body = Buffer.from(JSON.stringify(value))
  exchange.response.writeHead(status, {
    'content-type': 'application/vnd.git-lfs+json',
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  exchange.response.end(body)
}
