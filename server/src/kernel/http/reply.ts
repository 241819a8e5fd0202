import type { ServerResponse } from 'node:http'
import { type ErrorReply, fillText } from '@madang/api'
import { WriteFailure } from '../database/index.ts'
import { Refusal, refuse } from '../errors.ts'
import type { Log } from '../log.ts'
import type { RequestInfo } from './types.ts'

/** Headers of every answer: nothing sniffs, nothing frames, no address leaks, no script but ours. */
export const guardHeaders: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value ?? null))
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('content-length', body.length)
  response.setHeader('cache-control', 'no-store')
  response.end(body)
}

/** Anything thrown, as a refusal: what is not one is a bug, logged under the request's id. */
export function asRefusal(error: unknown, info: RequestInfo, log: Log): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof WriteFailure && error.isDiskFull) return refuse('storageFull')
  if (isNoSpace(error)) return refuse('storageFull')
  log.error('http.bug', { requestId: info.id, error })
  return refuse('internal', { requestId: info.id })
}

export function sendRefusal(response: ServerResponse, refusal: Refusal, info: RequestInfo): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const reply: ErrorReply = {
    error: {
      code: refusal.code,
      message: fillText(refusal.text[info.language], refusal.parameters),
      parameters: refusal.parameters,
    },
  }
  if (refusal.code === 'tooMany') {
    response.setHeader('retry-after', String(refusal.parameters['seconds'] ?? 1))
  }
  sendJson(response, refusal.status, reply)
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC'
}
