import { CompiledQuery } from 'kysely'
import type { NewJob, Statement } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'
import type { S3Parts } from './parts.ts'

type Stores = Pick<S3Parts, 'kernel' | 'objects'>

/**
 * Applies a change together with what has to follow from it: neither is ever there without the other. Gives
 * the sums that were left to the writing, which only what nothing follows from may leave.
 */
export function commit(stores: Stores, statements: Statement[], jobs: NewJob[]): Promise<string[]> {
  return jobs.length === 0 ? stores.objects.apply(statements) : withJobs(stores, statements, jobs)
}

function withJobs(
  { kernel, objects }: Stores,
  statements: Statement[],
  jobs: NewJob[],
): Promise<string[]> {
  return objects.changing(statements, () =>
    kernel.database.write(async (tx) => {
      const tables = tx.tables<S3Tables>()
      for (const { sql, parameters } of statements) {
        await tables.executeQuery(CompiledQuery.raw(sql, [...parameters]))
      }
      for (const job of jobs) await kernel.jobs.enqueue(tx, job)
      return []
    }),
  )
}
