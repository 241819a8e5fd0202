import type { MigrationStep } from '../../kernel/index.ts'

export type PackageKind = 'maven' | 'npm' | 'pypi'

export interface PackageTables {
  /** What a package manager reads beside the bytes: npm's manifest of a version, PyPI's facts of a file. */
  registry_package_file: {
    project: string
    kind: string
    name: string
    version: string
    file: string
    artifact: string
    document: string
    published_at: number
  }
  registry_dist_tag: { project: string; name: string; tag: string; version: string }
  /** Where packages come from that this registry does not hold. */
  registry_remote: { project: string; kind: string; url: string }
  /** What was fetched from there. */
  registry_remote_file: {
    url: string
    blob: string
    size: number
    content_type: string
    sha1: string
    sha256: string
    etag: string | null
    fetched_at: number
  }
}

export const packagesMigration: MigrationStep = {
  id: '003-packages',
  async up(db, types) {
    await db.schema
      .createTable('registry_package_file')
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('artifact', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('published_at', types.bigint, (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_package_file_key', [
        'project',
        'kind',
        'name',
        'version',
        'file',
      ])
      .execute()
    await db.schema
      .createTable('registry_dist_tag')
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('tag', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_dist_tag_key', ['project', 'name', 'tag'])
      .execute()
    await db.schema
      .createTable('registry_remote')
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_remote_key', ['project', 'kind'])
      .execute()
    await db.schema
      .createTable('registry_remote_file')
      .addColumn('url', 'text', (column) => column.primaryKey())
      .addColumn('blob', 'text', (column) => column.notNull())
      .addColumn('size', types.bigint, (column) => column.notNull())
      .addColumn('content_type', 'text', (column) => column.notNull())
      .addColumn('sha1', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('etag', 'text')
      .addColumn('fetched_at', types.bigint, (column) => column.notNull())
      .execute()
  },
}
