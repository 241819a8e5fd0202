import { type Agent, request as httpRequest } from 'node:http'

/** A request as it goes over the wire, signed by a key that open mode takes as root. */
export interface WireRequest {
  /** What a failure is reported by. */
  label: string
  method: string
  /** Path and query. */
  url: string
  headers: Record<string, string>
  body: Buffer
  /** The form its refusals have while nobody touches its address and headers. */
  form: Form
}

export type Form = 'json' | 'xml' | 'cbor'

export interface WireAnswer {
  status: number
  contentType: string
  body: Buffer
}

const keptBytes = 1024 * 1024

/**
 * The answer of the server at `origin`; undefined where the connection was cut, which is an answer
 * to a body that isn't whole. Rejects with `hang` when nothing came in time.
 */
export function send(
  origin: string,
  { method, url, headers, body }: WireRequest,
  { agent, withinMs = 90_000 }: { agent: Agent; withinMs?: number },
): Promise<WireAnswer | undefined> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ hostname, port, method, path: url, headers, agent }, (answer) => {
      const pieces: Buffer[] = []
      let size = 0
      const done = () => {
        clearTimeout(timer)
        const contentType = answer.headers['content-type'] ?? ''
        resolve({ status: answer.statusCode!, contentType, body: Buffer.concat(pieces) })
      }
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece)
        size += piece.length
        // An event stream goes on for minutes: its head and first pieces are enough.
        if (size > keptBytes || contentTypeStreams(answer.headers['content-type'])) {
          done()
          answer.destroy()
        }
      })
      answer.once('end', done)
      answer.once('error', done)
    })
    const timer = setTimeout(() => {
      reject(new Error('hang'))
      asked.destroy()
    }, withinMs)
    asked.once('error', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    asked.end(body)
  })
}

const contentTypeStreams = (type: string | undefined) => type?.includes('eventstream') === true

/** What is wrong with an answer, in words; undefined when a client could work with it. */
export function faultOf(answer: WireAnswer, form: Form | undefined): string | undefined {
  const { status, contentType, body } = answer
  if (status === 500) return `500: ${body.toString('utf8').slice(0, 300)}`
  if (status < 400 || body.length === 0) return undefined
  const text = body.toString('utf8')
  // What speaks no protocol is answered in none, with the bare name of the refusal (recorded so).
  if (status === 404 && text === '<UnknownOperationException/>\n') return undefined
  const spoken = formOf(contentType, text)
  if (!spoken) return `${status} in no AWS form (${contentType}): ${text.slice(0, 200)}`
  if (form && spoken !== form) return `${status} as ${spoken}, not ${form}: ${text.slice(0, 200)}`
  return undefined
}

function formOf(contentType: string, text: string): Form | 'page' | undefined {
  if (contentType.includes('cbor')) return 'cbor'
  if (contentType.includes('html')) return text.includes('<html') ? 'page' : undefined
  if (contentType.includes('xml')) return /<Code>[\w.]+<\/Code>/.test(text) ? 'xml' : undefined
  if (!contentType.includes('json')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? 'json' : undefined
  } catch {
    return undefined
  }
}
