import {
  type Database,
  type Jobs,
  parseColumn,
  stringify,
  type Transaction,
} from '../../../kernel/index.ts'
import type { KmsTables } from './migrations.ts'
import type { Alias, Grant, Key, Place } from './model.ts'
import { dueAt, DUE } from './schedule.ts'

const placeOf = ({ account, region }: Place, name: string) => `${account}/${region}/${name}`

/**
 * All keys, aliases and grants, in memory beside their rows. A change holds in memory at once, so
 * two of them never overwrite each other; it is on disk when the promise resolves.
 */
export class KmsStore {
  readonly #database: Database
  readonly #jobs: Jobs
  readonly #keys = new Map<string, Key>()
  readonly #byMaterial = new Map<string, Set<string>>()
  readonly #aliases = new Map<string, Alias>()
  readonly #grants = new Map<string, Grant>()

  constructor(database: Database, jobs: Jobs) {
    this.#database = database
    this.#jobs = jobs
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<KmsTables>()
    for (const { definition } of await tables.selectFrom('kms_key').selectAll().execute()) {
      this.#keep(parseColumn(definition))
    }
    for (const { definition } of await tables.selectFrom('kms_alias').selectAll().execute()) {
      const alias = parseColumn<Alias>(definition)
      this.#aliases.set(placeOf(alias, alias.name), alias)
    }
    for (const { definition } of await tables.selectFrom('kms_grant').selectAll().execute()) {
      const grant = parseColumn<Grant>(definition)
      this.#grants.set(grant.id, grant)
    }
  }

  key(place: Place, id: string): Key | undefined {
    return this.#keys.get(placeOf(place, id))
  }

  keys({ account, region }: Place): Key[] {
    return [...this.#keys.values()]
      .filter((key) => key.account === account && key.region === region)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** A multi-Region key's primary and replicas, by Region. */
  related({ account, id }: Key): Key[] {
    return [...this.#keys.values()]
      .filter((key) => key.id === id && key.account === account)
      .sort((a, b) => (a.region < b.region ? -1 : 1))
  }

  /** The key of a Region that has the material. */
  byMaterial(id: string, region: string): Key | undefined {
    const places = [...(this.#byMaterial.get(id) ?? [])]
    return places.map((place) => this.#keys.get(place)!).find((key) => key.region === region)
  }

  /** `also` joins the transaction. */
  async saveKey(key: Key, also?: (tx: Transaction) => Promise<void>): Promise<void> {
    this.#keep(key)
    await this.#database.write(async (tx) => {
      const { account, region, id } = key
      const definition = stringify(key)
      await tx
        .tables<KmsTables>()
        .insertInto('kms_key')
        .values({ account, region, id, definition })
        .onConflict((conflict) =>
          conflict.columns(['account', 'region', 'id']).doUpdateSet({ definition }),
        )
        .execute()
      await this.#schedule(tx, key)
      await also?.(tx)
    })
  }

  /** With its aliases and grants. */
  async removeKey(key: Key): Promise<void> {
    const { account, region, id } = key
    this.#keys.delete(placeOf(key, id))
    for (const material of key.materials) {
      this.#byMaterial.get(material.id)?.delete(placeOf(key, id))
    }
    const aliases = this.aliases(key).filter(({ targetId }) => targetId === id)
    for (const alias of aliases) this.#aliases.delete(placeOf(alias, alias.name))
    const grants = this.grantsOf(key)
    for (const grant of grants) this.#grants.delete(grant.id)
    await this.#database.write(async (tx) => {
      const tables = tx.tables<KmsTables>()
      await tables
        .deleteFrom('kms_key')
        .where('account', '=', account)
        .where('region', '=', region)
        .where('id', '=', id)
        .execute()
      for (const { name } of aliases) await deleteAlias(tx, { account, region, name })
      for (const grant of grants) {
        await tables.deleteFrom('kms_grant').where('id', '=', grant.id).execute()
      }
    })
  }

  alias(place: Place, name: string): Alias | undefined {
    return this.#aliases.get(placeOf(place, name))
  }

  aliases({ account, region }: Place): Alias[] {
    return [...this.#aliases.values()]
      .filter((alias) => alias.account === account && alias.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async saveAlias(alias: Alias): Promise<void> {
    this.#aliases.set(placeOf(alias, alias.name), alias)
    await this.#database.write((tx) => insertAlias(tx, alias))
  }

  /** A new key with the alias it is known by. */
  async saveManaged(key: Key, alias: Alias): Promise<void> {
    this.#aliases.set(placeOf(alias, alias.name), alias)
    await this.saveKey(key, (tx) => insertAlias(tx, alias))
  }

  async removeAlias(alias: Alias): Promise<void> {
    this.#aliases.delete(placeOf(alias, alias.name))
    await this.#database.write((tx) => deleteAlias(tx, alias))
  }

  grant(id: string): Grant | undefined {
    return this.#grants.get(id)
  }

  grantsOf({ account, region, id }: Key): Grant[] {
    return this.grants().filter(
      (grant) => grant.keyId === id && grant.region === region && grant.account === account,
    )
  }

  grants(): Grant[] {
    return [...this.#grants.values()]
  }

  async saveGrant(grant: Grant): Promise<void> {
    this.#grants.set(grant.id, grant)
    const row = { id: grant.id, definition: stringify(grant) }
    await this.#database.write((tx) =>
      tx.tables<KmsTables>().insertInto('kms_grant').values(row).execute(),
    )
  }

  async removeGrant({ id }: Grant): Promise<void> {
    this.#grants.delete(id)
    await this.#database.write((tx) =>
      tx.tables<KmsTables>().deleteFrom('kms_grant').where('id', '=', id).execute(),
    )
  }

  async empty(): Promise<void> {
    for (const map of [this.#keys, this.#byMaterial, this.#aliases, this.#grants]) map.clear()
    await this.#database.write(async (tx) => {
      for (const table of ['kms_key', 'kms_alias', 'kms_grant', 'kms_import'] as const) {
        await tx.tables<KmsTables>().deleteFrom(table).execute()
      }
    })
  }

  #keep(key: Key): void {
    const place = placeOf(key, key.id)
    this.#keys.set(place, key)
    for (const { id } of key.materials) {
      const known = this.#byMaterial.get(id)
      if (known) known.add(place)
      else this.#byMaterial.set(id, new Set([place]))
    }
  }

  async #schedule(tx: Transaction, key: Key): Promise<void> {
    const { account, region, id } = key
    const runAtMs = dueAt(key)
    const name = placeOf(key, id)
    if (runAtMs === undefined) return this.#jobs.cancel(tx, DUE, name)
    const payload = { account, region, id }
    await this.#jobs.enqueue(tx, { kind: DUE, key: name, payload, runAtMs })
  }
}

async function insertAlias(tx: Transaction, alias: Alias): Promise<void> {
  const { account, region, name } = alias
  const definition = stringify(alias)
  await tx
    .tables<KmsTables>()
    .insertInto('kms_alias')
    .values({ account, region, name, definition })
    .onConflict((conflict) =>
      conflict.columns(['account', 'region', 'name']).doUpdateSet({ definition }),
    )
    .execute()
}

async function deleteAlias(tx: Transaction, { account, region, name }: Place & { name: string }) {
  await tx
    .tables<KmsTables>()
    .deleteFrom('kms_alias')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute()
}
