import { collect, type OutgoingHttp, type RequestBody } from '../http.ts'
import type { Member } from '../schema.ts'
import type { Values, WireRequest } from './protocol.ts'

/** A payload that is the body itself rather than a document: a blob or a text. */
export function isStream({ shape }: Member): boolean {
  return shape.kind === 'blob' || shape.kind === 'string'
}

/** Bytes that an operation takes as they arrive. */
export function isBodyItself({ shape }: Member): boolean {
  return shape.kind === 'blob' && shape.streaming === true
}

/** The member when the payload is raw, undefined when it is a document. */
export async function readRawPayload(
  payload: Member,
  request: WireRequest,
  limitBytes: number,
): Promise<Values | undefined> {
  const { name, shape } = payload
  if (shape.kind === 'blob') {
    if (shape.streaming) return { [name]: request.body }
    const bytes = await collect(request.body, limitBytes)
    return bytes.length === 0 ? {} : { [name]: bytes }
  }
  if (shape.kind !== 'string') return undefined
  const bytes = await collect(request.body, limitBytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return text === '' ? {} : { [name]: text }
}

/** Bytes, text or a stream as the body; the type only where no bound header has said one. */
export function writeRawPayload(value: unknown, response: OutgoingHttp, type: string): void {
  response.body = value as RequestBody | string
  if (!response.headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    response.headers.push(['Content-Type', type])
  }
}
