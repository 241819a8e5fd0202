import { type Database, parseColumn, stringify, type Transaction } from '../../kernel/index.ts'
import type { RegistryTables } from '../store.ts'
import type { PackageKind, PackageTables } from './tables.ts'

type Source = Pick<Database, 'tables'>
export type PackageFile = PackageTables['registry_package_file']

const tables = (source: Source) => source.tables<PackageTables & RegistryTables>()

/** Those whose artifact is there: what was removed is known by its row only. */
const standing = (source: Source, project: string, kind: PackageKind) =>
  tables(source)
    .selectFrom('registry_package_file as file')
    .where('file.project', '=', project)
    .where('file.kind', '=', kind)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('registry_artifact as artifact')
          .select('artifact.id')
          .whereRef('artifact.id', '=', 'file.artifact'),
      ),
    )

/** Files of a package, oldest first. */
export function filesOf(source: Source, project: string, kind: PackageKind, name: string) {
  return standing(source, project, kind)
    .selectAll('file')
    .where('file.name', '=', name)
    .orderBy('file.published_at')
    .orderBy('file.file')
    .execute()
}

/** Every name of a file of the package that was ever given, also to what was removed since. */
export async function filesEver(
  source: Source,
  project: string,
  kind: PackageKind,
  name: string,
): Promise<Set<string>> {
  const rows = await tables(source)
    .selectFrom('registry_package_file')
    .select('file')
    .where('project', '=', project)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .execute()
  return new Set(rows.map(({ file }) => file))
}

export async function namesOf(source: Source, project: string, kind: PackageKind) {
  const rows = await standing(source, project, kind)
    .select('file.name')
    .distinct()
    .orderBy('file.name')
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

/** The file of an artifact; undefined: no package manager knows it. */
export function fileOfArtifact(source: Source, project: string, artifact: string) {
  return tables(source)
    .selectFrom('registry_package_file')
    .selectAll()
    .where('project', '=', project)
    .where('artifact', '=', artifact)
    .executeTakeFirst()
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
