import { type Kernel, parseColumn } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'

export type AsyncRow = LambdaTables['lambda_async_config']

/** ARNs that are told how an asynchronous invocation ended. */
export interface Destinations {
  onSuccess?: string | undefined
  onFailure?: string | undefined
}

/** How asynchronous invocations of a function's version are to be treated, where somebody said so. */
export function asyncConfig(
  { kernel }: { kernel: Kernel },
  functionId: string,
  qualifier: string,
): Promise<AsyncRow | undefined> {
  return kernel.database
    .tables<LambdaTables>()
    .selectFrom('lambda_async_config')
    .selectAll()
    .where('function_id', '=', functionId)
    .where('qualifier', '=', qualifier)
    .executeTakeFirst()
}

export const destinationsOf = (row: Pick<AsyncRow, 'destinations'> | undefined): Destinations =>
  row?.destinations ? parseColumn<Destinations>(row.destinations) : {}
