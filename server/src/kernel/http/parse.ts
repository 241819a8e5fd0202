import { type Endpoint, schemaFrom } from '@madang/api'
import { refuse } from '../errors.ts'

/** Zod is loaded by the first request that has anything to parse: 40 ms that a start doesn't wait for. */
let library: Promise<typeof import('zod')> | undefined

/** A part of a request by the schema of its endpoint; throws `badRequest` that says where it differs. */
export async function parse(
  schema: Endpoint['params'],
  value: unknown,
  where: 'path' | 'query' | 'body',
): Promise<unknown> {
  if (!schema) return undefined
  library ??= import('zod')
  const { z } = await library
  const result = schemaFrom(z, schema).safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const at = issue.path.length > 0 ? `${where} ${issue.path.join('.')}` : where
  throw refuse('badRequest', { reason: `${at}: ${issue.message}` })
}
