import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import type { Ids } from '../ids.ts'
import type { RequestInfo } from './types.ts'

export function requestInfo(
  request: IncomingMessage,
  ids: Ids,
  fallbackOrigin: string,
): RequestInfo {
  const { headers } = request
  const scheme = 'encrypted' in request.socket ? 'https' : 'http'
  return {
    id: ids.next('req'),
    ip: request.socket.remoteAddress ?? '',
    language: languageOf(headers.cookie, headers['accept-language']),
    headers,
    origin: headers.host ? `${scheme}://${headers.host}` : fallbackOrigin,
  }
}

export function languageOf(cookie: string | undefined, accepted: string | undefined): 'ko' | 'en' {
  const chosen = /(?:^|;\s*)language=(ko|en)\b/.exec(cookie ?? '')?.[1]
  if (chosen === 'ko' || chosen === 'en') return chosen
  const first = /\b(ko|en)\b/i.exec(accepted ?? '')?.[1]?.toLowerCase()
  return first === 'ko' ? 'ko' : 'en'
}

/**
 * While bound to loopback, only loopback names are answered: a page of another site that points its
 * own name at 127.0.0.1 (DNS rebinding) gets nothing.
 */
export function isAllowedHost(request: IncomingMessage, config: Config): boolean {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  if (!config.isLoopback) return true
  const own = ['localhost', '127.0.0.1', '[::1]', ...config.hostNames]
  return name === '' || own.includes(name) || name.endsWith('.localhost')
}
