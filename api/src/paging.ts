import type { z as zod } from 'zod'
import { z } from './schema.ts'

/** Query members of every list: how many at most, and where the page before ended. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
}

/** The answer of every list; `nextCursor` is missing on the last page. */
export function pageOf<T extends zod.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() })
}

export interface Page<T> {
  items: T[]
  nextCursor?: string
}
