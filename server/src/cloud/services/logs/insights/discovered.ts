import type { Value } from './functions.ts'

const MOST_FIELDS = 200
const MEGABYTE = 1_000_000

/** The fields of a message that nobody named: members of JSON, and what Lambda writes of itself. */
export function discoveredFields(group: string, message: string): Map<string, Value> {
  const found = new Map<string, Value>()
  const text = message.trimStart()
  if (text.startsWith('{')) flatten(found, '', parsed(text))
  if (group.startsWith('/aws/lambda/')) lambdaFields(found, text)
  return found
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a line that only begins like JSON has no members
  }
}

function flatten(into: Map<string, Value>, path: string, value: unknown): void {
  if (value === null || value === undefined || into.size >= MOST_FIELDS) return
  if (typeof value !== 'object') {
    into.set(path, typeof value === 'number' ? value : String(value))
    return
  }
  for (const [name, one] of Object.entries(value)) {
    flatten(into, path === '' ? name : `${path}.${name}`, one)
  }
}

const measures: [field: string, label: string, factor: number][] = [
  ['@duration', 'Duration', 1],
  ['@billedDuration', 'Billed Duration', 1],
  ['@initDuration', 'Init Duration', 1],
  ['@memorySize', 'Memory Size', MEGABYTE],
  ['@maxMemoryUsed', 'Max Memory Used', MEGABYTE],
]

function lambdaFields(into: Map<string, Value>, text: string): void {
  const [, type, id] = /^(START|END|REPORT) RequestId: ([\da-f-]{36})/.exec(text) ?? []
  const requestId = id ?? /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/.exec(text)?.[0]
  if (type) into.set('@type', type)
  if (requestId) into.set('@requestId', requestId)
  if (type !== 'REPORT') return
  for (const [field, label, factor] of measures) {
    const value = new RegExp(`\\t${label}: ([\\d.]+) `).exec(text)?.[1]
    if (value !== undefined) into.set(field, Number(value) * factor)
  }
}
