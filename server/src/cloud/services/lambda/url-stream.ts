import type { OutgoingHttp } from '../../gateway/index.ts'
import type { Streamed } from './streamed.ts'
import { badGateway, httpHeaders } from './url-event.ts'

const HTTP_ANSWER = 'application/vnd.awslambda.http-integration-response'
/** Ends the JSON of status and headers, before the body. */
const DIVIDER = Buffer.alloc(8)

interface Prelude {
  statusCode?: unknown
  headers?: Record<string, string>
  cookies?: string[]
}

/** An answer that goes out as the function writes it; status and headers come first, where told. */
export async function streamedAnswer(streamed: Streamed): Promise<OutgoingHttp> {
  const { contentType, outcome } = streamed
  const pieces = streamed.pieces[Symbol.asyncIterator]()
  if (contentType !== HTTP_ANSWER) {
    const first = await pieces.next()
    if (first.done && (await outcome).functionError) return badGateway()
    const begun = first.done ? [] : [first.value]
    return { status: 200, headers: [['content-type', contentType]], body: joined(begun, pieces) }
  }
  let begun = Buffer.alloc(0)
  for (;;) {
    const at = begun.indexOf(DIVIDER)
    if (at >= 0) {
      const told = preludeOf(begun.subarray(0, at))
      if (!told) return badGateway()
      return { ...told, body: joined([begun.subarray(at + DIVIDER.length)], pieces) }
    }
    const next = await pieces.next()
    if (next.done) return badGateway()
    begun = Buffer.concat([begun, next.value])
  }
}

function preludeOf(text: Buffer): Pick<OutgoingHttp, 'status' | 'headers'> | undefined {
  let prelude: Prelude | null
  try {
    prelude = JSON.parse(text.toString()) as Prelude | null
  } catch {
    return undefined // what a custom runtime writes may be anything
  }
  const status = Number(prelude?.statusCode ?? 200)
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined
  const headers = httpHeaders(prelude ?? {}, 'application/octet-stream')
  return { status, headers }
}

async function* joined(begun: Uint8Array[], rest: AsyncIterator<Uint8Array>) {
  for (const piece of begun) if (piece.length > 0) yield piece
  for (;;) {
    const next = await rest.next()
    if (next.done) return
    yield next.value
  }
}
