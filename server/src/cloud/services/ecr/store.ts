import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { EcrTables } from './migrations.ts'
import { imageName, type Place, type Repository } from './model.ts'

/** All repositories, in memory beside their rows; a change is on disk when the promise resolves. */
export class EcrStore {
  readonly #database: Database
  readonly #repositories = new Map<string, Repository>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<EcrTables>()
    for (const { definition } of await tables.selectFrom('ecr_repository').selectAll().execute()) {
      const repository = parseColumn<Repository>(definition)
      this.#repositories.set(imageName(repository), repository)
    }
  }

  find(at: Place & { name: string }): Repository | undefined {
    return this.#repositories.get(imageName(at))
  }

  /** By name. */
  all({ account, region }: Place): Repository[] {
    return this.every()
      .filter((one) => one.account === account && one.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  every(): Repository[] {
    return [...this.#repositories.values()]
  }

  async save(repository: Repository): Promise<void> {
    this.#repositories.set(imageName(repository), repository)
    const { account, region, name } = repository
    const definition = stringify(repository)
    await this.#database.write(async (tx) => {
      await tx
        .tables<EcrTables>()
        .insertInto('ecr_repository')
        .values({ account, region, name, definition })
        .onConflict((conflict) =>
          conflict.columns(['account', 'region', 'name']).doUpdateSet({ definition }),
        )
        .execute()
    })
  }

  async remove(repository: Repository): Promise<void> {
    const { account, region, name } = repository
    this.#repositories.delete(imageName(repository))
    await this.#database.write(async (tx) => {
      await tx
        .tables<EcrTables>()
        .deleteFrom('ecr_repository')
        .where('account', '=', account)
        .where('region', '=', region)
        .where('name', '=', name)
        .execute()
    })
  }
}
