import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { isQuery, missing } from './refusals.ts'

const MOST = 10

interface Entry {
  Id: string | undefined
}

interface Failure {
  Id: string
  Code: string
  Message: string
  SenderFault: boolean
}

/** The rules every batch has; `shape` is its entry's name, as SQS says it. */
export function checkBatch(
  entries: Entry[] | undefined,
  shape: string,
  { http }: RequestContext,
): void {
  // A form has no way to say an empty list otherwise than by none.
  if (!entries && !isQuery(http)) throw missing('Entries')
  if (!entries?.length) {
    throw new AwsError('EmptyBatchRequest', `There should be at least one ${shape} in the request.`)
  }
  if (entries.length > MOST) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MOST}. You have sent ${entries.length}.`,
    )
  }
  const seen = new Set<string>()
  for (const [index, { Id: id }] of entries.entries()) {
    if (id === undefined) throw missing(`${shape}.${index + 1}.Id`)
    if (!/^[\w-]{1,80}$/.test(id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      )
    }
    if (seen.has(id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)
    seen.add(id)
  }
}

/** Runs each entry on its own; a refusal becomes its entry's failure. */
export async function eachEntry<E extends Entry, R>(
  entries: E[],
  run: (entry: E) => Promise<R>,
): Promise<{ Successful: (R & { Id: string })[]; Failed: Failure[] }> {
  const outcomes = await Promise.all(
    entries.map(async (entry) => {
      try {
        return { Id: entry.Id!, result: await run(entry) }
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        return { Id: entry.Id!, error }
      }
    }),
  )
  const answer: Awaited<ReturnType<typeof eachEntry<E, R>>> = { Successful: [], Failed: [] }
  for (const { Id, result, error } of outcomes) {
    if (error) answer.Failed.push(failure(Id, error))
    else answer.Successful.push({ Id, ...(result as R) })
  }
  return answer
}

const failure = (Id: string, { code, message, fault }: AwsError): Failure => ({
  Id,
  Code: code,
  Message: message,
  SenderFault: fault !== 'server',
})

/** SQS leaves an empty list out. */
export function withoutEmpty<T extends object>(answer: T): T {
  const kept = Object.entries(answer).filter(([, list]) => (list as unknown[]).length > 0)
  return Object.fromEntries(kept) as T
}
