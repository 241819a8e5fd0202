import type { Headers } from '../http.ts'
import type { Member, Scalar, Shape, StructShape } from '../schema.ts'
import { serializationError, setOwn } from './structure-reader.ts'
import { readText, writeText } from './text-scalar.ts'

// Where a REST operation's members live: path labels, query, headers, status, payload, body.

export interface Bindings {
  payload: Member | undefined
  /** What is left for the body. */
  body: Member[]
  bound: Member[]
  /** Lower-case name → member: S3's inputs may have forty, a request brings a dozen. */
  headers: Map<string, Member>
  /** Bound members that aren't headers. */
  others: Member[]
  /** All bound members. */
  byName: Map<string, Member>
}

const known = new WeakMap<StructShape, Bindings>()
const empty: Bindings = {
  payload: undefined,
  body: [],
  bound: [],
  headers: new Map(),
  others: [],
  byName: new Map(),
}

export function bindingsOf(shape: StructShape | undefined): Bindings {
  if (!shape) return empty
  let bindings = known.get(shape)
  if (!bindings) {
    const bound = shape.members.filter(isBound)
    const payload = shape.members.find((member) => member.traits.payload)
    const body = shape.members.filter((m) => !isBound(m) && !m.traits.payload)
    const headers = new Map(
      bound.flatMap((m) => (m.traits.header ? [[m.traits.header.toLowerCase(), m]] : [])),
    )
    const others = bound.filter((m) => !m.traits.header)
    const byName = new Map(bound.map((member) => [member.name, member]))
    bindings = { payload, body: payload ? [] : body, bound, headers, others, byName }
    known.set(shape, bindings)
  }
  return bindings
}

function isBound({ traits: t }: Member): boolean {
  return Boolean(t.label || t.query || t.queryParams || t.header || t.prefixHeaders || t.status)
}

export interface BoundRequest {
  labels: Record<string, string>
  query: URLSearchParams
  headers: Headers
}

/** The refusal of a text that is no value of its member's kind. */
type Unreadable = (member: Member, text: string) => Error

const unreadable: Unreadable = ({ name }, text) =>
  serializationError(`Value '${text}' at '${name}' is invalid`)

/** Reads the bound members of a request into `out`. Throws what `refuse` makes of a bad one. */
export function readBound(
  bindings: Bindings,
  request: BoundRequest,
  out: Record<string, unknown>,
  refuse: Unreadable = unreadable,
): void {
  const { headers, query, labels } = request
  for (const name in headers) {
    const member = bindings.headers.get(name)
    if (member) readHeader(member, headers[name], out, refuse)
  }
  const hasQuery = query.size > 0
  for (const member of bindings.others) {
    const { traits } = member
    if (traits.query && !hasQuery) continue
    if (traits.label) readScalar(member, labels[member.name], out, refuse)
    else if (traits.query) readQuery(member, query, out, refuse)
    else if (traits.prefixHeaders !== undefined) readPrefixed(member, headers, out)
    else if (traits.queryParams) readQueryMap(member, bindings, query, out)
  }
}

function readScalar(
  member: Member,
  text: string | undefined,
  out: Record<string, unknown>,
  refuse: Unreadable,
): void {
  if (text === undefined) return
  out[member.name] = scalarOf(member.shape as Scalar, text, member, refuse)
}

function scalarOf(shape: Scalar, text: string, member: Member, refuse: Unreadable): unknown {
  const value = readText(shape, text)
  if (value === undefined) throw refuse(member, text)
  return value
}

function readQuery(
  member: Member,
  query: URLSearchParams,
  out: Record<string, unknown>,
  refuse: Unreadable,
): void {
  const { shape } = member
  const name = member.traits.query!
  if (shape.kind === 'list') {
    const all = query.getAll(name)
    const item = shape.member.shape as Scalar
    if (all.length > 0) out[member.name] = all.map((text) => scalarOf(item, text, member, refuse))
    return
  }
  const text = query.get(name)
  // `?max-keys=` is as good as not said for anything but text.
  if (text === null || (text === '' && shape.kind !== 'string')) return
  readScalar(member, text, out, refuse)
}

function readQueryMap(
  member: Member,
  bindings: Bindings,
  query: URLSearchParams,
  out: Record<string, unknown>,
): void {
  const taken = new Set(bindings.bound.map((m) => m.traits.query))
  const { shape } = member
  if (shape.kind !== 'map') return
  const map: Record<string, unknown> = {}
  for (const name of new Set(query.keys())) {
    if (taken.has(name)) continue
    const many = shape.value.shape.kind === 'list'
    setOwn(map, name, many ? query.getAll(name) : query.get(name))
  }
  out[member.name] = map
}

function readHeader(
  member: Member,
  text: string | undefined,
  out: Record<string, unknown>,
  refuse: Unreadable,
): void {
  if (text === undefined) return
  const { shape } = member
  if (shape.kind !== 'list') {
    // A condition whose moment can't be read is no condition (RFC 9110, 13.1.3).
    const isCondition = /^if-/i.test(member.traits.header!)
    if (isCondition && readText(shape as Scalar, text) === undefined) return
    return readScalar(member, text, out, refuse)
  }
  const item = shape.member.shape as Scalar
  out[member.name] = splitHeader(text, item).map((part) => scalarOf(item, part, member, refuse))
}

function readPrefixed(member: Member, headers: Headers, out: Record<string, unknown>): void {
  const prefix = member.traits.prefixHeaders!.toLowerCase()
  const map: Record<string, unknown> = {}
  let found = false
  for (const name in headers) {
    if (!name.startsWith(prefix)) continue
    setOwn(map, name.slice(prefix.length), headers[name])
    found = true
  }
  if (found) out[member.name] = map
}

/** Splits a list header at commas outside quotes; HTTP dates hold one comma each. */
function splitHeader(text: string, item: Scalar): string[] {
  if (item.kind === 'timestamp') {
    const parts = text.split(',')
    return parts.length < 2 ? parts : pairs(parts)
  }
  const found = text.matchAll(/\s*("(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)/g)
  const parts = [...found].map((match) => match[1]!).filter((part) => part !== '')
  return parts.map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\(.)/g, '$1') : part,
  )
}

function pairs(parts: string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < parts.length; i += 2) out.push(`${parts[i]},${parts[i + 1] ?? ''}`.trim())
  return out
}

export interface BoundResponse {
  status: number
  headers: [string, string][]
}

/** Writes the bound members of an output into headers and status. */
export function writeBound(
  bindings: Bindings,
  output: Record<string, unknown>,
  response: BoundResponse,
): void {
  // What an output has, not what it might: S3's GetObject knows forty members.
  for (const name in output) {
    const member = bindings.byName.get(name)
    const value = output[name]
    if (!member || value === undefined || value === null) continue
    const { shape, traits } = member
    if (traits.status) response.status = value as number
    else if (traits.header) response.headers.push([traits.header, headerText(shape, value)])
    else if (traits.prefixHeaders !== undefined) {
      for (const [key, item] of Object.entries(value)) {
        response.headers.push([traits.prefixHeaders + key, headerValue(String(item))])
      }
    }
  }
}

function headerText(shape: Shape, value: unknown): string {
  if (shape.kind !== 'list') return headerValue(writeText(shape as Scalar, value, 'http-date'))
  const item = shape.member.shape as Scalar
  const parts = [...(value as Iterable<unknown>)].map((part) => writeText(item, part, 'http-date'))
  const quoted = item.kind === 'timestamp' ? parts : parts.map(quote)
  return headerValue(quoted.join(', '))
}

function quote(part: string): string {
  return /[",]/.test(part) ? `"${part.replaceAll(/["\\]/g, '\\$&')}"` : part
}

// Anything but a tab and what is printable in Latin-1.
const unprintable = /[^\t\x20-\x7e\x80-\xff]/

/** No line break can get into a header; other text goes as UTF-8 bytes, as S3 sends it. */
function headerValue(text: string): string {
  if (!unprintable.test(text)) return text
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  const line = text.replaceAll(/[\u0000-\u0008\u000A-\u001F\u007F]/g, ' ')
  return /[^\u0000-\u00FF]/.test(line) ? Buffer.from(line, 'utf8').toString('latin1') : line
}
