import type { IncomingMessage } from 'node:http'
import { refuse } from '../errors.ts'

/** Reads a whole body, at most `limitBytes`; refuses with `tooLarge` beyond. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    throw refuse('tooLarge', { limit: limitBytes })
  }
  const pieces: Buffer[] = []
  let size = 0
  // The connection stays, so that the refusal reaches whoever is still sending.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > limitBytes) throw refuse('tooLarge', { limit: limitBytes })
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** A JSON body; an empty one is `undefined`. */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const bytes = await readBody(request, limitBytes)
  if (bytes.length === 0) return undefined
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) {
    throw refuse('badRequest', { reason: 'the body has to be application/json' })
  }
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch (error) {
    throw refuse('badRequest', { reason: (error as Error).message })
  }
}
