import { z } from 'zod'
import type { SourceReply } from './source-http.ts'
import { refuseImport } from './refuse.ts'

/** Reads an answer by the part of its shape that is used here. Throws `sourceShape`. */
export function shapeOf<S extends z.ZodType>(
  schema: S,
  json: SourceReply['json'],
  about: { host: string; path: string },
): z.output<S> {
  const read = schema.safeParse(json)
  if (read.success) return read.data
  throw refuseImport('sourceShape', about)
}

export const text = z.string().nullish()
/** Numbers beyond 2^53 are none of these hosts' ids. */
export const sourceId = z.union([z.number(), z.string()]).transform(String)
