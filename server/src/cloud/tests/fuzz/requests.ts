import type { ServiceId } from '../../gateway/index.ts'
import { loadSchema } from '../../gateway/schema.ts'
import { randomStruct } from '../../gateway/tests/random-values.ts'
import { type AnyClient, type Sdk, sdkOf } from '../../gateway/tests/sdk-clients.ts'
import type { CloudUnderTest } from '../cloud-under-test.ts'
import type { Form, WireRequest } from './wire.ts'

type Values = Record<string, unknown>
type Random = () => number

interface SdkRequest {
  method: string
  path: string
  query: Record<string, string | string[] | null>
  headers: Record<string, string>
  body?: string | Uint8Array
}

/** Thrown in place of sending: the request is known, the server isn't asked. */
class Captured extends Error {}

const packages: Record<string, string> = { s3control: 's3-control' }

/** An official client whose signed requests are kept; they are sent, too, when `sends`. */
export class Recorder {
  readonly requests: WireRequest[] = []
  readonly #client: AnyClient & { middlewareStack: Stack }
  readonly #sdk: Sdk
  readonly #id: string
  #sends = true

  constructor(under: CloudUnderTest, id: string) {
    this.#id = id
    this.#sdk = sdkOf(packages[id] ?? id)
    this.#client = this.#sdk.client({
      ...under.config(),
      // S3 Control puts the account before the host, which an address doesn't allow.
      endpoint: under.url.replace('127.0.0.1', 'localhost'),
      forcePathStyle: true,
      disableHostPrefix: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      md5: id === 'sqs' ? false : undefined,
    }) as AnyClient & { middlewareStack: Stack }
    this.#client.middlewareStack.add(
      (next) => (args) => {
        this.#keep(args.request)
        if (!this.#sends) throw new Captured()
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low', name: 'fuzzRecorder' },
    )
  }

  /** Calls for real; the request is kept. */
  async call(operation: string, input: Values): Promise<Values> {
    this.#sends = true
    return this.#client.send(this.#sdk.command(operation, input))
  }

  /** The request such a call would make; undefined where the client itself refuses the input. */
  async capture(operation: string, input: Values): Promise<WireRequest | undefined> {
    this.#sends = false
    const before = this.requests.length
    await this.#client.send(this.#sdk.command(operation, input)).catch(() => undefined)
    const found = this.requests[before]
    this.requests.length = before
    if (found) found.label = `${this.#id}:${operation}`
    return found
  }

  destroy(): void {
    this.#client.destroy()
  }

  #keep({ method, path, query, headers, body }: SdkRequest): void {
    if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) return
    const url = path + queryText(query)
    const label = `${this.#id}:${headers['x-amz-target'] ?? `${method} ${url}`}`
    const form = formOf(this.#id, headers)
    // Kept as bytes: a fuzzer changes bytes.
    const sent = body instanceof Uint8Array ? Buffer.concat([body]) : Buffer.from(body ?? '')
    const kept = { ...headers, host: headers['host'] ?? headers[':authority'] ?? '' }
    // The length is said by what sends it: a promise of more bytes is waited for, which is right.
    const plain = Object.fromEntries(
      Object.entries(kept).filter(([name]) => !/^:|^content-length$/.test(name)),
    )
    this.requests.push({ label, method, url, headers: plain, body: sent, form })
  }
}

interface Stack {
  add(
    middleware: (next: (args: unknown) => unknown) => (args: { request: SdkRequest }) => unknown,
    options: object,
  ): void
}

function queryText(query: SdkRequest['query']): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null
        ? encodeURIComponent(name)
        : `${encodeURIComponent(name)}=${encodeURIComponent(one)}`,
    ),
  )
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

function formOf(id: string, headers: Record<string, string>): Form {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor'
  const { protocol } = loadSchema(id).table
  if (protocol === 'json' || protocol === 'rest-json') return 'json'
  return protocol === 'cbor' ? 'cbor' : 'xml'
}

/** Real names by the member that carries them: an input with these reaches further than chance. */
export type Names = Record<string, unknown>

/** An input of random values, with names of what is there in most of the places that take one. */
export function randomInput(
  service: ServiceId,
  operation: string,
  given: { names: Names; random: Random },
): Values {
  const shape = loadSchema(service).operation(operation)?.input
  const values = shape ? (randomStruct(shape, given.random) ?? {}) : {}
  return withNames(values, given) as Values
}

function withNames(value: unknown, given: { names: Names; random: Random }): unknown {
  if (Array.isArray(value)) return value.map((item) => withNames(item, given))
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || value instanceof Uint8Array) return value
  const out: Values = {}
  for (const [name, item] of Object.entries(value)) {
    const known = given.names[name]
    const takes = known !== undefined && typeof item === typeof known && given.random() < 0.8
    out[name] = takes ? known : withNames(item, given)
  }
  return out
}
