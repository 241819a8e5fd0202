import { type IncomingHttp, pieces } from '../../gateway/index.ts'
import { refusal } from './refusals.ts'

// A browser's form (multipart/form-data, RFC 7578) with one file, which is the last field that counts.

export interface UploadForm {
  /** By lower-case name; of a name given twice the first. */
  fields: Map<string, string>
  /** Undefined when the file came as a plain field. */
  fileName: string | undefined
  fileType: string | undefined
  /** The file's bytes; must be read to its end. */
  file: AsyncIterable<Uint8Array>
}

const FIELDS_BYTES = 20_000
const FIELDS_MOST = 100

const malformed = (
  message = 'The body of your POST request is not well-formed multipart/form-data.',
) => refusal('MalformedPOSTRequest', 400, message)

const noFile = () =>
  refusal('InvalidArgument', 400, 'POST requires exactly one file upload per request.', {
    ArgumentName: 'file',
    ArgumentValue: '0',
  })

/** Reads the fields before the file and leaves the file to be streamed. Throws S3's refusals. */
export async function readForm({ headers, body }: IncomingHttp): Promise<UploadForm> {
  const type = headers['content-type'] ?? ''
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type)
  const name = boundary?.[1] ?? boundary?.[2]
  if (!name) throw malformed()
  const source = new Source(pieces(body))
  const fields = new Map<string, string>()
  const opening = await source.until(Buffer.from(`--${name}`), FIELDS_BYTES)
  if (!opening) throw malformed()
  const delimiter = Buffer.from(`\r\n--${name}`)
  for (let count = 0; count < FIELDS_MOST; count++) {
    const part = await readHead(source)
    if (!part) throw noFile()
    if (part.name === 'file') {
      const { fileName, type: fileType } = part
      return { fields, fileName, fileType, file: source.streamUntil(delimiter) }
    }
    const value = await source.until(delimiter, FIELDS_BYTES)
    if (!value) throw fieldsTooLarge()
    if (!fields.has(part.name)) fields.set(part.name, value.toString('utf8'))
  }
  throw fieldsTooLarge()
}

const fieldsTooLarge = () =>
  refusal(
    'MaxPostPreDataLengthExceeded',
    400,
    'Your POST request fields preceding the upload file was too large.',
    { MaxPostPreDataLengthExceeded: FIELDS_BYTES },
  )

interface PartHead {
  name: string
  fileName?: string
  type?: string
}

/** After a boundary: the next part's head, or undefined where the form ends. */
async function readHead(source: Source): Promise<PartHead | undefined> {
  const mark = await source.until(Buffer.from('\r\n'), FIELDS_BYTES)
  if (!mark || mark.toString().startsWith('--')) return undefined
  const head = await source.until(Buffer.from('\r\n\r\n'), FIELDS_BYTES)
  if (!head) throw malformed()
  const text = head.toString('utf8')
  const disposition = /^content-disposition:(.*)$/im.exec(text)?.[1] ?? ''
  const name =
    /\bname="((?:[^"\\]|\\.)*)"/i.exec(disposition) ?? /\bname=([^;\s]+)/i.exec(disposition)
  if (!name) throw malformed()
  const fileName = /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]
  const type = /^content-type:\s*(.*?)\s*$/im.exec(text)?.[1]
  return {
    name: name[1]!.toLowerCase(),
    ...(fileName !== undefined && { fileName }),
    ...(type && { type }),
  }
}

/** Bytes as they arrive, cut at marks that may lie across two pieces. */
class Source {
  readonly #iterator: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]()
  }

  async #more(): Promise<boolean> {
    const next = await this.#iterator.next()
    if (next.done) return false
    this.#held =
      this.#held.length > 0 ? Buffer.concat([this.#held, next.value]) : Buffer.from(next.value)
    return true
  }

  /** What precedes the mark, which is dropped; undefined when there is none within the limit. */
  async until(mark: Buffer, limitBytes: number): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) {
        const found = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + mark.length)
        return found
      }
      if (this.#held.length > limitBytes || !(await this.#more())) return undefined
    }
  }

  async *streamUntil(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) {
        if (at > 0) yield this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + mark.length)
        while (await this.#more()) this.#held = Buffer.alloc(0)
        return
      }
      // The mark may have begun: as much as could be its start stays behind.
      const safe = this.#held.length - mark.length
      if (safe > 0) {
        yield this.#held.subarray(0, safe)
        this.#held = this.#held.subarray(safe)
      }
      if (!(await this.#more())) throw malformed('Could not find the end of the form.')
    }
  }
}
