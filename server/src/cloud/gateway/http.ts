import { AwsError } from './error.ts'

/** Lower-case names; repeated headers joined by ", " as node:http does. */
export type Headers = Record<string, string | undefined>

/** A request body: whole when it was small and its length known, else as it arrives. */
export type RequestBody = Uint8Array | AsyncIterable<Uint8Array>

/** The plain seam between a server (node:http, http2, a test) and the gateway. */
export interface IncomingHttp {
  method: string
  /** Origin form, exactly as sent: `/bucket/key?x=1`. */
  url: string
  headers: Headers
  body: RequestBody
  sourceIp: string
  /** Default http. */
  scheme?: 'http' | 'https'
  /** Aborted when the client goes away before the answer is whole. */
  signal?: AbortSignal
}

export interface OutgoingHttp {
  status: number
  headers: [string, string][]
  body?: Uint8Array | string | AsyncIterable<Uint8Array>
}

const none = new Uint8Array(0)

/** The whole body in memory. Throws RequestEntityTooLarge (413) past `limitBytes`. */
export async function collect(
  body: RequestBody | undefined,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  if (!body) return none
  if (body instanceof Uint8Array) {
    if (body.length > limitBytes) throw tooLarge(limitBytes)
    return body
  }
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of body) {
    sizeBytes += piece.length
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes)
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, sizeBytes)
}

/** The body as pieces, whichever form it came in. */
export async function* pieces(body: RequestBody): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Uint8Array)) yield* body
  else if (body.length > 0) yield body
}

function tooLarge(limitBytes: number): AwsError {
  return new AwsError(
    'RequestEntityTooLargeException',
    `Request size has exceeded the maximum allowed size of ${limitBytes} bytes`,
    { status: 413 },
  )
}
