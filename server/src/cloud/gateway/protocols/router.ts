import type { OperationSchema, ServiceSchema } from '../schema.ts'

export interface Route {
  operation: OperationSchema
  labels: Record<string, string>
}

interface Candidate {
  operation: OperationSchema
  steps: Step[]
  greedy: boolean
  /** `?uploads`, `?list-type=2`: must be there; x-id is a hint of the SDKs and isn't looked at. */
  literals: [string, string][]
  requiredQuery: string[]
  requiredHeaders: string[]
}

type Step = { text: string } | { label: string }

/** Finds the operation of a REST request by method, path, query and required headers. */
export class Router {
  readonly #byMethod = new Map<string, Candidate[]>()
  /** Those that a request without a query may mean: of S3's PUTs three of thirty. */
  readonly #withoutQuery = new Map<string, Candidate[]>()

  constructor(schema: ServiceSchema) {
    for (const name of schema.operationNames) {
      const operation = schema.operation(name)!
      if (!operation.http) continue
      const { method } = operation.http
      const list = this.#byMethod.get(method) ?? []
      const made = candidate(operation)
      // ListDirectoryBuckets is ListBuckets at another host: only then is the hint believed.
      if (list.some((other) => sameRequest(other, made))) made.literals.push(['x-id', name])
      list.push(made)
      this.#byMethod.set(method, list)
    }
    // The first that fits wins, so the most demanding stand first.
    for (const [method, list] of this.#byMethod) {
      list.sort((a, b) => demand(b) - demand(a))
      this.#withoutQuery.set(
        method,
        list.filter((it) => it.literals.length + it.requiredQuery.length === 0),
      )
    }
  }

  /** `path` is raw; labels come back decoded. Throws URIError for a broken escape. */
  find(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: Record<string, string | undefined>,
  ): Route | undefined {
    const parts = path.slice(1).split('/')
    const candidates = query.size === 0 ? this.#withoutQuery : this.#byMethod
    for (const it of candidates.get(method) ?? []) {
      if (!fits(it, parts, query, headers)) continue
      return { operation: it.operation, labels: labelsOf(it, parts) }
    }
    return undefined
  }
}

function candidate(operation: OperationSchema): Candidate {
  const { uri } = operation.http!
  const members = operation.input?.members ?? []
  const [path, query] = uri.split('?') as [string, string?]
  // S3's SDK puts the bucket by its endpoint rules, so its templates lack it.
  const bucket = members.some((member) => member.name === 'Bucket' && member.traits.label)
  const template = bucket && !path.includes('{Bucket}') ? `/{Bucket}${path}` : path
  const parts = template.slice(1).split('/')
  if (parts.at(-1) === '' && parts.length > 1) parts.pop()
  return {
    operation,
    steps: parts.map(step),
    greedy: template.includes('+}'),
    literals: [...new URLSearchParams(query ?? '')].filter(([name]) => name !== 'x-id'),
    requiredQuery: members.flatMap((m) => (m.required && m.traits.query ? [m.traits.query] : [])),
    requiredHeaders: members.flatMap((m) =>
      m.required && m.traits.header ? [m.traits.header.toLowerCase()] : [],
    ),
  }
}

function sameRequest(a: Candidate, b: Candidate): boolean {
  const text = ({ steps, literals, requiredQuery, requiredHeaders }: Candidate) =>
    JSON.stringify([steps, literals, requiredQuery, requiredHeaders])
  return text(a) === text(b)
}

function step(part: string): Step {
  return part.startsWith('{') ? { label: part.replaceAll(/[{}+]/g, '') } : { text: part }
}

function demand(it: Candidate): number {
  const texts = it.steps.filter((s) => 'text' in s).length
  const query = it.literals.length * 4 + it.requiredQuery.length * 2 + it.requiredHeaders.length
  return texts * 100 + it.steps.length * 20 + query - (it.greedy ? 1 : 0)
}

function fits(
  it: Candidate,
  parts: string[],
  query: URLSearchParams,
  headers: Record<string, string | undefined>,
): boolean {
  return (
    pathFits(it, parts) &&
    it.literals.every(([name, value]) => (value ? query.get(name) === value : query.has(name))) &&
    it.requiredQuery.every((name) => query.has(name)) &&
    it.requiredHeaders.every((name) => headers[name] !== undefined)
  )
}

function pathFits({ steps, greedy }: Candidate, parts: string[]): boolean {
  const trailing = parts.length === steps.length + 1 && parts.at(-1) === ''
  if (greedy ? parts.length < steps.length : parts.length !== steps.length && !trailing)
    return false
  return steps.every((s, i) => {
    if ('text' in s) return s.text === parts[i]
    return parts[i] !== '' || (greedy && i === steps.length - 1 && parts.length > steps.length)
  })
}

function labelsOf({ steps, greedy }: Candidate, parts: string[]): Record<string, string> {
  const labels: Record<string, string> = {}
  steps.forEach((s, i) => {
    if (!('label' in s)) return
    const raw = greedy && i === steps.length - 1 ? parts.slice(i).join('/') : parts[i]!
    labels[s.label] = raw.includes('%') ? decodeURIComponent(raw) : raw
  })
  return labels
}
