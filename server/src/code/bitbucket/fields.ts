import type { Json } from './query.ts'

/**
 * Partial answers: `fields=values.id,values.author.nickname` keeps only these, `-links` leaves out,
 * `+values.reviewers` adds to what comes anyway, `*` stands for any member.
 */
export function withFields(value: unknown, fields: string | null): unknown {
  if (!fields || typeof value !== 'object' || value === null) return value
  const wishes = fields
    .split(',')
    .map((field) => field.trim())
    .filter(Boolean)
  const kept = wishes.filter((field) => !field.startsWith('-') && !field.startsWith('+'))
  const dropped = wishes.filter((field) => field.startsWith('-'))
  const paths = (list: string[]) => list.map((field) => field.replace(/^[-+]/, '').split('.'))
  const selected = kept.length > 0 ? keep(value, paths(kept)) : value
  return drop(selected, paths(dropped))
}

/** Whether something that does not come by itself is asked for. */
export function asksFor(fields: string | null, name: string): boolean {
  const wishes = (fields ?? '').split(',').map((field) => field.trim().replace(/^\+/, ''))
  return wishes.some((wish) => !wish.startsWith('-') && wish.split('.').includes(name))
}

function keep(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.map((entry) => keep(entry, paths))
  if (paths.some((path) => path.length === 0)) return value
  if (typeof value !== 'object' || value === null) return value
  const result: Json = {}
  for (const [name, member] of Object.entries(value)) {
    const own = paths.filter(([first]) => first === name || first === '*')
    if (own.length > 0)
      result[name] = keep(
        member,
        own.map((path) => path.slice(1)),
      )
  }
  return result
}

function drop(value: unknown, paths: string[][]): unknown {
  if (paths.length === 0) return value
  if (Array.isArray(value)) return value.map((entry) => drop(entry, paths))
  if (typeof value !== 'object' || value === null) return value
  const result: Json = {}
  for (const [name, member] of Object.entries(value)) {
    const own = paths.filter(([first]) => first === name || first === '*')
    if (own.some((path) => path.length === 1)) continue
    result[name] = drop(
      member,
      own.map((path) => path.slice(1)),
    )
  }
  return result
}
