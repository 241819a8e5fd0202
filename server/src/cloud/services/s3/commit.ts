import { CompiledQuery } from 'kysely'
import type { NewJob, Statement } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'
import type { S3Parts } from './parts.ts'

/** Applies a change together with what has to follow from it: neither is ever there without the other. */
export async function commit(
  { kernel, objects }: Pick<S3Parts, 'kernel' | 'objects'>,
  statements: Statement[],
  jobs: NewJob[],
): Promise<void> {
  if (jobs.length === 0) return objects.apply(statements)
  await kernel.database.write(async (tx) => {
    const tables = tx.tables<S3Tables>()
    for (const { sql, parameters } of statements) {
      await tables.executeQuery(CompiledQuery.raw(sql, [...parameters]))
    }
    for (const job of jobs) await kernel.jobs.enqueue(tx, job)
  })
}
