import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryCompiler,
  type QueryResult,
} from 'kysely'
import type { QueryOutcome } from './types.ts'

export interface DialectParts {
  createAdapter(): DialectAdapter
  createQueryCompiler(): QueryCompiler
}

type Run = (sql: string, parameters: readonly unknown[]) => Promise<QueryOutcome>

/** A Kysely dialect over one function that runs a statement; transactions are this folder's own matter. */
export function connectionDialect(parts: DialectParts, run: Run): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, changes } = await run(query.sql, query.parameters)
      return { rows: rows as R[], numAffectedRows: BigInt(changes) }
    },
    streamQuery() {
      throw new Error('rows are not streamed here; page through them')
    },
  }
  const noTransaction = async () => {
    throw new Error('use database.write for a transaction')
  }
  const driver: Driver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    releaseConnection: async () => undefined,
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    destroy: async () => undefined,
  }
  return {
    ...parts,
    createDriver: () => driver,
    createIntrospector: () => {
      throw new Error('the schema is known; nothing to introspect')
    },
  }
}
