import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { type ErrorReply, fillText } from '@madang/api'
import type { Config } from '../config.ts'
import { invariant, refuse } from '../errors.ts'
import type { Log } from '../log.ts'
import { asRefusal } from './reply.ts'
import { isAllowedHost } from './request-info.ts'
import type { Upgrade, UpgradeEdge } from './types.ts'

/** The edge that takes a request for a WebSocket. */
export function upgradeEdgeOf(
  edges: readonly UpgradeEdge[],
  { headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>,
): UpgradeEdge | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const path = url.replace(/\?.*$/s, '')
  return edges.find((edge) => edge.path === path)
}

/** Hands the connection to the edge that takes its path; a refusal is told in HTTP and ends it. */
export async function answerUpgrade(
  { config, log }: { config: Config; log: Log },
  edges: readonly UpgradeEdge[],
  upgrade: Upgrade,
): Promise<void> {
  const { request, socket, info } = upgrade
  const drop = () => void socket.destroy()
  // Whoever hangs up in the middle is gone: there is nobody to tell.
  socket.on('error', drop)
  try {
    if (!isAllowedHost(request, config)) {
      throw refuse('badRequest', { reason: 'this server does not go by that host name' })
    }
    const edge = upgradeEdgeOf(edges, request)
    invariant(edge, 'only what an edge takes is upgraded')
    await edge.connect(upgrade)
  } catch (error) {
    const { status, code, text, parameters } = asRefusal(error, info, log)
    const message = fillText(text[info.language], parameters)
    const reply: ErrorReply = { error: { code, message, parameters } }
    const body = Buffer.from(JSON.stringify(reply))
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ]
    socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
  }
}
