import { createHash, createHmac } from 'node:crypto'

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

/** The few S3 calls the guestbook needs, signed (Signature Version 4) and sent with fetch. */
export class Bucket {
  readonly #name: string
  readonly #env: NodeJS.ProcessEnv

  constructor(name: string, env: NodeJS.ProcessEnv = process.env) {
    this.#name = name
    this.#env = env
  }

  async put(key: string, body: string): Promise<void> {
    await this.#send('PUT', key, {}, body)
  }

  async get(key: string): Promise<string> {
    return this.#send('GET', key, {}, '')
  }

  /** Keys under a prefix in their order, at most `limit`. */
  async list(prefix: string, limit: number): Promise<string[]> {
    const query = { 'list-type': '2', 'max-keys': String(limit), prefix }
    const xml = await this.#send('GET', '', query, '')
    return [...xml.matchAll(/<Key>([^<]+)<\/Key>/g)].map((match) => match[1]!)
  }

  async #send(
    method: string,
    key: string,
    query: Record<string, string>,
    body: string,
  ): Promise<string> {
    const region = this.#env['AWS_REGION'] ?? 'ap-northeast-2'
    const base = this.#env['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`
    const search = Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&')
    const path = `/${this.#name}${key === '' ? '' : `/${key}`}`
    const url = new URL(`${path}${search === '' ? '' : `?${search}`}`, base)
    const response = await fetch(url, {
      method,
      headers: this.#sign(method, url, path, search, body, region),
      ...(body === '' ? {} : { body }),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`S3 ${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
    return text
  }

  #sign(method: string, url: URL, path: string, search: string, body: string, region: string) {
    const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const day = moment.slice(0, 8)
    const headers: Record<string, string> = {
      host: url.host,
      'x-amz-content-sha256': sha256(body),
      'x-amz-date': moment,
      'x-amz-security-token': this.#env['AWS_SESSION_TOKEN'] ?? '',
    }
    const names = Object.keys(headers).sort()
    const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
    const canonical = [method, path, search, lines, names.join(';'), sha256(body)].join('\n')
    const scope = `${day}/${region}/s3/aws4_request`
    const text = ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n')
    const secret = this.#env['AWS_SECRET_ACCESS_KEY'] ?? ''
    const key = [region, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day))
    const signature = createHmac('sha256', key).update(text).digest('hex')
    const credential = `${this.#env['AWS_ACCESS_KEY_ID'] ?? ''}/${scope}`
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
    const { host: _host, ...sent } = headers
    return { ...sent, authorization }
  }
}
