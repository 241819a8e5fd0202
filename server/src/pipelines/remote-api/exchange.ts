import type { Role } from '@madang/api'
import { type Actor, type Exchange, readBody, Refusal } from '../../kernel/index.ts'
import { Failure, missing } from './failure.ts'
import type { Bean } from './bean.ts'
import type { Items } from './items.ts'
import { itemBean } from './job-bean.ts'
import type { Item } from './model.ts'
import type { RemoteParts } from './parts.ts'

const LARGEST_BODY_BYTES = 32 * 1024 * 1024

export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: string | Buffer | AsyncIterable<Uint8Array>
}

/** One request, by somebody known. */
export class Call {
  readonly parts: RemoteParts
  readonly items: Items
  readonly exchange: Exchange
  readonly actor: Actor
  #body: Promise<Buffer> | undefined
  #form: Promise<Map<string, string>> | undefined

  constructor(parts: RemoteParts, items: Items, exchange: Exchange, actor: Actor) {
    this.parts = parts
    this.items = items
    this.exchange = exchange
    this.actor = actor
  }

  get query(): URLSearchParams {
    return this.exchange.url.searchParams
  }

  get method(): string {
    return this.exchange.request.method ?? 'GET'
  }

  /** `http://127.0.0.1:4500/jenkins/`, as the caller sees it. */
  get base(): string {
    return `${this.exchange.info.origin}/jenkins/`
  }

  itemBean(item: Item): Bean {
    return itemBean(this, item)
  }

  get type(): string {
    return this.exchange.request.headers['content-type'] ?? ''
  }

  get isForm(): boolean {
    return /^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(this.type)
  }

  bytes(): Promise<Buffer> {
    this.#body ??= readBody(this.exchange.request, LARGEST_BODY_BYTES)
    return this.#body
  }

  async text(): Promise<string> {
    return (await this.bytes()).toString('utf8')
  }

  /** Fields of the form, or none; the last of a name counts, files as text. */
  form(): Promise<Map<string, string>> {
    this.#form ??= this.#readForm()
    return this.#form
  }

  async #readForm(): Promise<Map<string, string>> {
    const fields = new Map<string, string>()
    if (!this.isForm) return fields
    const answer = new Response(new Uint8Array(await this.bytes()), {
      headers: { 'content-type': this.type },
    })
    const data = await answer.formData().catch((error: unknown) => {
      throw new Failure(400, `The form cannot be read: ${(error as Error).message}`)
    })
    for (const [name, value] of data) {
      fields.set(name, typeof value === 'string' ? value : await value.text())
    }
    return fields
  }

  /** A parameter of the query or of the form. */
  async given(name: string): Promise<string | undefined> {
    return this.query.get(name) ?? (await this.form()).get(name)
  }

  /** Refuses somebody without the role, in Jenkins' words. */
  async need(project: string, role: Role, permission: string, intent?: 'read'): Promise<void> {
    const { exchange, actor } = this
    await exchange
      .authorise(actor, { project: role }, project, intent)
      .catch(inJenkinsWords(actor.name, permission))
  }

  async needAdministrator(permission = 'Overall/Administer'): Promise<void> {
    const { exchange, actor } = this
    await exchange.authorise(actor, 'administrator').catch(inJenkinsWords(actor.name, permission))
  }

  /** Somebody signed in whose token may do this. */
  async needSignedIn(permission: string): Promise<void> {
    const { exchange, actor } = this
    await exchange.authorise(actor, 'signedIn').catch(inJenkinsWords(actor.name, permission))
  }
}

export const redirect = (location: string): Reply => ({ status: 302, headers: { location } })

export const plainText = (text: string, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'text/plain;charset=utf-8' },
  body: text,
})

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json;charset=utf-8' },
  body: JSON.stringify(value),
})

export const xml = (text: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: text,
})

export const empty = (status = 200): Reply => ({ status })

function inJenkinsWords(name: string, permission: string) {
  return (error: unknown): never => {
    throw error instanceof Refusal ? missing(name, permission) : error
  }
}
