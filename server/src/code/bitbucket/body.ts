import type { IncomingMessage } from 'node:http'
import { readBody } from '../../kernel/index.ts'
import { BitbucketError } from './errors.ts'

const LIMIT_BYTES = 64 * 1024 * 1024

/** What a request brings, read when somebody asks for it. */
export interface Body {
  /** A JSON object; an empty body is one without members. */
  json(): Promise<Record<string, unknown>>
  /** A JSON list of objects. */
  list(): Promise<Record<string, unknown>[]>
  /** Fields of a form, urlencoded or multipart; a name may come several times. */
  form(): Promise<[name: string, value: string | Uint8Array][]>
  /** The files that a form brings in one field. */
  files(field: string): Promise<FormFile[]>
  /** All of a multipart form, files and plain fields apart. */
  parts(): Promise<{ fields: URLSearchParams; files: FormFile[] }>
  /** It is a multipart form, by its own word. */
  readonly isForm: boolean
}

export interface FormFile {
  /** As the client names it. */
  name: string
  bytes: Uint8Array
}

export function bodyOf(request: IncomingMessage): Body {
  const type = request.headers['content-type'] ?? ''
  return {
    isForm: /^multipart\//i.test(type),
    async json() {
      const bytes = await readBody(request, LIMIT_BYTES)
      if (bytes.length === 0) return {}
      if (/x-www-form-urlencoded/i.test(type)) {
        return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')))
      }
      return jsonObject(bytes.toString('utf8'))
    },
    async list() {
      const value = parsed((await readBody(request, LIMIT_BYTES)).toString('utf8'))
      if (Array.isArray(value) && value.every(isObject)) return value
      throw new BitbucketError(400, 'Bad request', {
        detail: 'The body has to be a list of objects.',
      })
    },
    async form() {
      const bytes = await readBody(request, LIMIT_BYTES)
      if (bytes.length === 0) return []
      return formFields(await formIn(bytes, type))
    },
    async files(field) {
      const bytes = await readBody(request, LIMIT_BYTES)
      return bytes.length === 0 ? [] : formFiles(await formIn(bytes, type), field)
    },
    async parts() {
      return formParts(await formIn(await readBody(request, LIMIT_BYTES), type))
    },
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BitbucketError(400, 'Bad request', { detail: 'The body is not valid JSON.' })
  }
}

function jsonObject(text: string): Record<string, unknown> {
  const value = parsed(text)
  if (isObject(value)) return value
  throw new BitbucketError(400, 'Bad request', { detail: 'The body has to be an object.' })
}

type FormEntries = Iterable<[name: string, value: string | File]>

async function formIn(bytes: Buffer, type: string): Promise<FormEntries> {
  const headers = { 'content-type': type }
  const form = await new Response(new Uint8Array(bytes), { headers }).formData().catch(() => {
    throw new BitbucketError(400, 'Bad request', {
      detail: 'The body has to be multipart/form-data or application/x-www-form-urlencoded.',
    })
  })
  return form as unknown as FormEntries
}

async function formFiles(form: FormEntries, field: string): Promise<FormFile[]> {
  const files: FormFile[] = []
  for (const [name, value] of form) {
    if (name !== field || typeof value === 'string') continue
    files.push({ name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) })
  }
  return files
}

async function formParts(form: FormEntries) {
  const parts = { fields: new URLSearchParams(), files: [] as FormFile[] }
  for (const [name, value] of form) {
    if (typeof value === 'string') parts.fields.append(name, value)
    else parts.files.push({ name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) })
  }
  return parts
}

async function formFields(form: FormEntries): Promise<[string, string | Uint8Array][]> {
  const fields: [string, string | Uint8Array][] = []
  for (const [name, value] of form) {
    const plain = typeof value === 'string' ? value : new Uint8Array(await value.arrayBuffer())
    fields.push([name, plain])
  }
  return fields
}

/** A member that has to be text when it is there. Throws 400 with the field. */
export function textIn(from: Record<string, unknown>, name: string): string | undefined {
  const value = from[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw new BitbucketError(400, 'Bad request', { fields: { [name]: ['Not a valid string.'] } })
}

export function requiredText(from: Record<string, unknown>, name: string): string {
  const value = textIn(from, name)
  if (value?.trim()) return value
  throw new BitbucketError(400, 'Bad request', {
    fields: { [name]: ['required key not provided'] },
  })
}

export function objectIn(from: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = from[name]
  return isObject(value) ? value : {}
}

export function listIn(from: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const value = from[name]
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : []
}

export function flagIn(from: Record<string, unknown>, name: string): boolean | undefined {
  const value = from[name]
  return typeof value === 'boolean' ? value : undefined
}

/** The text of a `{raw}` object. */
export function rawIn(from: Record<string, unknown>): string {
  const raw = textIn(objectIn(from, 'content'), 'raw')
  if (raw?.trim()) return raw
  throw new BitbucketError(400, 'Bad request', {
    fields: { content: ['required key not provided'] },
  })
}
