import type { Config } from '../kernel/index.ts'
import { freshPostgres } from './postgres.ts'

export interface TestDatabase {
  name: 'sqlite' | 'postgres'
  /** Settings of a new, empty database. */
  config(): Promise<Partial<Config>>
}

/** Both stores, for `describe.each(testDatabases())`. */
export function testDatabases(): TestDatabase[] {
  return [
    { name: 'sqlite', config: () => Promise.resolve({}) },
    { name: 'postgres', config: async () => ({ databaseUrl: await freshPostgres() }) },
  ]
}
