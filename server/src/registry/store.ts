import type { Artifact, ArtifactFilter } from '@madang/api'
import { sql } from 'kysely'
import type { Database, Transaction } from '../kernel/index.ts'
import { type Coordinates, downloadUrl } from './model.ts'

export interface RegistryTables {
  registry_artifact: {
    id: string
    project: string
    name: string
    version: string
    path: string
    blob: string
    size: number
    content_type: string
    sha256: string
    sha1: string
    md5: string
    run_id: string | null
    repo: string | null
    commit_sha: string | null
    created_at: number
    created_by: string
  }
}
export type ArtifactRow = RegistryTables['registry_artifact']

export interface ArtifactStore {
  /** Reads what is committed, or inside the transaction what it has changed. */
  at(source: Pick<Database, 'tables'>, place: Coordinates): Promise<ArtifactRow | undefined>
  /** Every file of every version of a name. */
  ofName(project: string, name: string): Promise<ArtifactRow[]>
  ofVersion(source: Pick<Database, 'tables'>, of: Omit<Coordinates, 'path'>): Promise<ArtifactRow[]>
  byId(project: string, id: string): Promise<ArtifactRow | undefined>
  list(project: string, filter: ArtifactFilter): Promise<ArtifactRow[]>
  insert(tx: Transaction, row: ArtifactRow): Promise<void>
  remove(tx: Transaction, id: string): Promise<void>
  /** Of these ids those that an artifact has. */
  keptBlobs(ids: string[]): Promise<string[]>
}

const ofVersion = (
  source: Pick<Database, 'tables'>,
  { project, name, version }: Omit<Coordinates, 'path'>,
) =>
  source
    .tables<RegistryTables>()
    .selectFrom('registry_artifact')
    .selectAll()
    .where('project', '=', project)
    .where('name', '=', name)
    .where('version', '=', version)

export function createArtifactStore(database: Database): ArtifactStore {
  const table = () => database.tables<RegistryTables>().selectFrom('registry_artifact').selectAll()
  return {
    at: (source, place) =>
      ofVersion(source, place).where('path', '=', place.path).executeTakeFirst(),
    ofVersion: (source, of) => ofVersion(source, of).execute(),
    ofName: (project, name) =>
      table().where('project', '=', project).where('name', '=', name).execute(),
    byId: (project, id) =>
      table().where('project', '=', project).where('id', '=', id).executeTakeFirst(),
    async list(project, filter) {
      let query = table().where('project', '=', project)
      if (filter.name !== undefined) query = query.where('name', '=', filter.name)
      if (filter.version !== undefined) query = query.where('version', '=', filter.version)
      if (filter.runId !== undefined) query = query.where('run_id', '=', filter.runId)
      if (filter.commit !== undefined) query = query.where('commit_sha', '=', filter.commit)
      if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor)
      if (filter.text) {
        const like = `%${filter.text.toLowerCase().replace(/[%_!]/g, '!$&')}%`
        query = query.where(
          sql<boolean>`lower(name || ' ' || version || ' ' || path) like ${like} escape '!'`,
        )
      }
      // Ids sort by the moment they were made.
      return query
        .orderBy('id', 'desc')
        .limit(Number(filter.limit ?? 50) + 1)
        .execute()
    },
    async insert(tx, row) {
      await tx.tables<RegistryTables>().insertInto('registry_artifact').values(row).execute()
    },
    async remove(tx, id) {
      await tx
        .tables<RegistryTables>()
        .deleteFrom('registry_artifact')
        .where('id', '=', id)
        .execute()
    },
    async keptBlobs(ids) {
      const rows = await database
        .tables<RegistryTables>()
        .selectFrom('registry_artifact')
        .select('blob')
        .where('blob', 'in', ids)
        .execute()
      return rows.map(({ blob }) => blob)
    },
  }
}

/** What runs archived under a name goes to another project. False where a place is taken there. */
export async function moveArtifacts(
  tx: Transaction,
  { project, name, to }: { project: string; name: string; to: string },
): Promise<boolean> {
  const db = tx.tables<RegistryTables>()
  const taken = await db
    .selectFrom('registry_artifact as own')
    .innerJoin('registry_artifact as other', (join) =>
      join
        .onRef('other.name', '=', 'own.name')
        .onRef('other.version', '=', 'own.version')
        .onRef('other.path', '=', 'own.path'),
    )
    .select('own.id')
    .where('own.project', '=', project)
    .where('own.name', '=', name)
    .where('own.run_id', 'is not', null)
    .where('other.project', '=', to)
    .executeTakeFirst()
  if (taken) return false
  await db
    .updateTable('registry_artifact')
    .set({ project: to })
    .where('project', '=', project)
    .where('name', '=', name)
    .where('run_id', 'is not', null)
    .execute()
  return true
}

export function presentArtifact(row: ArtifactRow): Artifact {
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    version: row.version,
    path: row.path,
    sizeBytes: row.size,
    contentType: row.content_type,
    sha256: row.sha256,
    sha1: row.sha1,
    md5: row.md5,
    runId: row.run_id ?? undefined,
    repo: row.repo ?? undefined,
    commit: row.commit_sha ?? undefined,
    createdAt: new Date(row.created_at).toISOString(),
    createdBy: row.created_by,
    downloadUrl: downloadUrl(row),
  }
}
