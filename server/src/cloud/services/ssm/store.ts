import {
  type Database,
  type Jobs,
  parseColumn,
  stringify,
  type Transaction,
} from '../../../kernel/index.ts'
import type { SsmTables } from './migrations.ts'
import { latest, type Parameter, type Place, type Version } from './model.ts'
import { DUE, dueAt } from './policies.ts'

const placeOf = ({ account, region }: Place, name: string) => `${account}/${region}/${name}`

/**
 * All parameters, in memory beside their rows. A change holds in memory at once, so two of them
 * never overwrite each other; it is on disk when the promise resolves.
 */
export class SsmStore {
  readonly #database: Database
  readonly #jobs: Jobs
  readonly #parameters = new Map<string, Parameter>()

  constructor(database: Database, jobs: Jobs) {
    this.#database = database
    this.#jobs = jobs
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<SsmTables>()
    for (const { definition } of await tables.selectFrom('ssm_parameter').selectAll().execute()) {
      const parameter = { ...parseColumn<Parameter>(definition), versions: [] }
      this.#parameters.set(placeOf(parameter, parameter.name), parameter)
    }
    const rows = tables.selectFrom('ssm_version').selectAll().orderBy('version')
    for (const { definition, name, ...place } of await rows.execute()) {
      this.#parameters.get(placeOf(place, name))?.versions.push(parseColumn<Version>(definition))
    }
  }

  find(place: Place, name: string): Parameter | undefined {
    return this.#parameters.get(placeOf(place, name))
  }

  /** By name. */
  all({ account, region }: Place): Parameter[] {
    return [...this.#parameters.values()]
      .filter((one) => one.account === account && one.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** What is new of it, and what is gone: versions that differ by identity are written. */
  async save(parameter: Parameter): Promise<void> {
    const before = this.find(parameter, parameter.name)
    this.#parameters.set(placeOf(parameter, parameter.name), parameter)
    const known = new Set(before?.versions)
    const changed = parameter.versions.filter((version) => !known.has(version))
    const kept = new Set(parameter.versions.map(({ version }) => version))
    const gone = (before?.versions ?? []).filter(({ version }) => !kept.has(version))
    await this.#database.write(async (tx) => {
      await putParameter(tx, parameter)
      for (const version of gone) await removeVersions(tx, parameter, version.version)
      for (const version of changed) await putVersion(tx, parameter, version)
      await this.#schedule(tx, parameter)
    })
  }

  async remove(parameter: Parameter): Promise<void> {
    const { account, region, name } = parameter
    this.#parameters.delete(placeOf(parameter, name))
    await this.#database.write(async (tx) => {
      await tx
        .tables<SsmTables>()
        .deleteFrom('ssm_parameter')
        .where('account', '=', account)
        .where('region', '=', region)
        .where('name', '=', name)
        .execute()
      await removeVersions(tx, parameter)
      await this.#jobs.cancel(tx, DUE, placeOf(parameter, name))
    })
  }

  async empty(): Promise<void> {
    this.#parameters.clear()
    await this.#database.write(async (tx) => {
      for (const table of ['ssm_parameter', 'ssm_version'] as const) {
        await tx.tables<SsmTables>().deleteFrom(table).execute()
      }
    })
  }

  async #schedule(tx: Transaction, parameter: Parameter): Promise<void> {
    const { account, region, name } = parameter
    const key = placeOf(parameter, name)
    const runAtMs = dueAt(latest(parameter), parameter.told)
    if (runAtMs === undefined) return this.#jobs.cancel(tx, DUE, key)
    await this.#jobs.enqueue(tx, { kind: DUE, key, payload: { account, region, name }, runAtMs })
  }
}

async function putParameter(tx: Transaction, parameter: Parameter): Promise<void> {
  const { account, region, name, versions: _own, ...rest } = parameter
  const definition = stringify({ account, region, name, ...rest })
  await tx
    .tables<SsmTables>()
    .insertInto('ssm_parameter')
    .values({ account, region, name, definition })
    .onConflict((conflict) =>
      conflict.columns(['account', 'region', 'name']).doUpdateSet({ definition }),
    )
    .execute()
}

async function putVersion(tx: Transaction, at: Parameter, version: Version): Promise<void> {
  const { account, region, name } = at
  const definition = stringify(version)
  await tx
    .tables<SsmTables>()
    .insertInto('ssm_version')
    .values({ account, region, name, version: version.version, definition })
    .onConflict((conflict) =>
      conflict.columns(['account', 'region', 'name', 'version']).doUpdateSet({ definition }),
    )
    .execute()
}

/** All of them, or one. */
async function removeVersions(tx: Transaction, at: Parameter, version?: number): Promise<void> {
  let query = tx
    .tables<SsmTables>()
    .deleteFrom('ssm_version')
    .where('account', '=', at.account)
    .where('region', '=', at.region)
    .where('name', '=', at.name)
  if (version !== undefined) query = query.where('version', '=', version)
  await query.execute()
}
