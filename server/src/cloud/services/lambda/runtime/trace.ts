import { randomUUID } from 'node:crypto'

/**
 * What X-Ray calls a trace, as a function is told of it: the caller's own where its request had one,
 * else a new one that nobody samples.
 */
export function traceIdOf(given: string | undefined, atMs: number): string {
  const parts = new Map(
    (given ?? '').split(';').map((part) => part.split('=', 2) as [string, string | undefined]),
  )
  const root = parts.get('Root') ?? `1-${hex(Math.floor(atMs / 1000))}-${digits(24)}`
  const parent = parts.get('Parent') ?? digits(16)
  return `Root=${root};Parent=${parent};Sampled=${parts.get('Sampled') === '1' ? 1 : 0}`
}

const hex = (value: number) => value.toString(16).padStart(8, '0')

const digits = (count: number) => randomUUID().replaceAll('-', '').slice(0, count)
