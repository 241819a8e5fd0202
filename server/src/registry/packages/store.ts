import { type Database, parseColumn, stringify, type Transaction } from '../../kernel/index.ts'
import type { PackageKind, PackageTables } from './tables.ts'

type Source = Pick<Database, 'tables'>
export type PackageFile = PackageTables['registry_package_file']

const tables = (source: Source) => source.tables<PackageTables>()

/** Files of a package, oldest first. */
export function filesOf(source: Source, project: string, kind: PackageKind, name: string) {
  return tables(source)
    .selectFrom('registry_package_file')
    .selectAll()
    .where('project', '=', project)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .orderBy('published_at')
    .orderBy('file')
    .execute()
}

export async function namesOf(source: Source, project: string, kind: PackageKind) {
  const rows = await tables(source)
    .selectFrom('registry_package_file')
    .select('name')
    .distinct()
    .where('project', '=', project)
    .where('kind', '=', kind)
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}

export async function filePut(tx: Transaction, row: PackageFile): Promise<void> {
  await tables(tx)
    .insertInto('registry_package_file')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['project', 'kind', 'name', 'version', 'file'])
        .doUpdateSet({ document: row.document }),
    )
    .execute()
}

export async function documentSet(tx: Transaction, row: PackageFile, document: object) {
  await tables(tx)
    .updateTable('registry_package_file')
    .set({ document: stringify(document) })
    .where('project', '=', row.project)
    .where('kind', '=', row.kind)
    .where('name', '=', row.name)
    .where('version', '=', row.version)
    .where('file', '=', row.file)
    .execute()
}

export async function tagsOf(source: Source, project: string, name: string) {
  const rows = await tables(source)
    .selectFrom('registry_dist_tag')
    .select(['tag', 'version'])
    .where('project', '=', project)
    .where('name', '=', name)
    .orderBy('tag')
    .execute()
  return Object.fromEntries(rows.map(({ tag, version }) => [tag, version]))
}

export async function tagSet(
  tx: Transaction,
  at: { project: string; name: string; tag: string },
  version: string,
): Promise<void> {
  await tables(tx)
    .insertInto('registry_dist_tag')
    .values({ ...at, version })
    .onConflict((conflict) => conflict.columns(['project', 'name', 'tag']).doUpdateSet({ version }))
    .execute()
}

export async function tagRemove(
  tx: Transaction,
  at: { project: string; name: string; tag: string },
) {
  await tables(tx)
    .deleteFrom('registry_dist_tag')
    .where('project', '=', at.project)
    .where('name', '=', at.name)
    .where('tag', '=', at.tag)
    .execute()
}

export const documentOf = <T>(row: PackageFile): T => parseColumn<T>(row.document)
