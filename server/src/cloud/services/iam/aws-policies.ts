import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import type { ManagedPolicy } from './model.ts'

// A line a policy: path and name, version, made, changed, document; what AWS's own API gave of each in
// April 2026, as the moto project collected it (NOTICE). Only the default version of each is known, and
// no description.
const file = new URL('./aws-managed-policies.txt.br', import.meta.url)

const PREFIX = 'arn:aws:iam::aws:policy'

/** AWS's managed policies by ARN. They belong to no account and can't be changed. */
export const awsPolicies = {
  has: (arn: string): boolean => arn.startsWith(PREFIX) && lineOf(arn) !== undefined,
  get(arn: string): ManagedPolicy | undefined {
    const line = arn.startsWith(PREFIX) ? lineOf(arn) : undefined
    return line === undefined ? undefined : readLine(line)
  },
  /** By name. */
  values: (): ManagedPolicy[] => [...allLines().values()].map(readLine),
}

let lines: Map<string, string> | undefined

/** Read when first asked for: three megabytes of text, a few of which are ever looked at. */
function allLines(): Map<string, string> {
  lines ??= new Map(
    brotliDecompressSync(readFileSync(file))
      .toString()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('\t')), line]),
  )
  return lines
}

const lineOf = (arn: string) => allLines().get(arn.slice(PREFIX.length))

const known = new Map<string, ManagedPolicy>()

function readLine(line: string): ManagedPolicy {
  const [place = '', version = '', made = '', changed = '', document = ''] = line.split('\t')
  const cached = known.get(place)
  if (cached) return cached
  const name = place.split('/').at(-1)!
  const createdAt = Date.parse(made)
  const policy: ManagedPolicy = {
    name,
    path: place.slice(0, -name.length),
    arn: PREFIX + place,
    id: idOf(place),
    createdAt,
    updatedAt: Date.parse(changed),
    tags: {},
    versions: [{ id: version, document, createdAt: Date.parse(changed) }],
    defaultVersion: version,
    lastVersion: Number(version.slice(1)),
  }
  known.set(place, policy)
  return policy
}

/** Theirs aren't known; the same one every time is what matters. */
function idOf(place: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const hash = createHash('sha256').update(place).digest()
  return `ANPA${Array.from(hash.subarray(0, 17), (byte) => letters[byte & 31]).join('')}`
}
