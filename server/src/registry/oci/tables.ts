import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export interface OciTables {
  registry_oci_repo: { name: string; project: string; created_at: number }
  /** Bytes, once in the whole store however many repositories hold them. */
  registry_oci_blob: { digest: string; blob: string; size: number; created_at: number }
  /** That a repository holds a blob; `touched_at`: when somebody last relied on it being there. */
  registry_oci_link: { repo: string; digest: string; touched_at: number }
  registry_oci_manifest: {
    repo: string
    digest: string
    media_type: string
    artifact_type: string | null
    subject: string | null
    size: number
    content: string
    /** JSON: platform, labels, sizes, history (`ImageFacts`). */
    facts: string
    run_id: string | null
    pushed_at: number
    pushed_by: string
    /** When a push last asked whether it is there; null: never. */
    touched_at: number | null
  }
  /** What a manifest needs; `kind`: blob, manifest. */
  registry_oci_reference: { repo: string; manifest: string; digest: string; kind: string }
  registry_oci_tag: { repo: string; tag: string; digest: string; updated_at: number }
  registry_oci_upload: { id: string; repo: string; created_at: number; touched_at: number }
  registry_oci_policy: {
    project: string
    quota_bytes: number | null
    keep_tags: number | null
    untagged_days: number | null
    /** A tag that nobody pushed for so many days goes. */
    tag_days: number | null
    /** Tags that fit (`*` and `?`, several apart by blanks) are kept by every rule. */
    keep_pattern: string | null
    /** Tags that fit are never moved to another image. */
    fixed_pattern: string | null
    /** The registry behind `<project>/proxy/…`. */
    proxy_url: string | null
  }
  /** Layers that builds made, by what they were made of. */
  registry_oci_step: {
    project: string
    key: string
    digest: string
    diff_id: string
    size: number
    used_at: number
  }
}

export const ociMigration: MigrationStep = {
  id: '002-oci',
  async up(db, types) {
    await makeBlobs(db, types)
    await makeManifests(db, types)
    await makeTagsAndUploads(db, types)
  },
}

export const ociTouchMigration: MigrationStep = {
  id: '004-oci-manifest-touched',
  async up(db, types) {
    await db.schema
      .alterTable('registry_oci_manifest')
      .addColumn('touched_at', types.bigint)
      .execute()
  },
}

export const ociRulesMigration: MigrationStep = {
  id: '005-oci-rules-and-steps',
  async up(db, types) {
    for (const column of ['tag_days', 'proxy_inside']) {
      await db.schema.alterTable('registry_oci_policy').addColumn(column, types.bigint).execute()
    }
    for (const column of ['keep_pattern', 'fixed_pattern', 'proxy_url']) {
      await db.schema.alterTable('registry_oci_policy').addColumn(column, 'text').execute()
    }
    await db.schema
      .createTable('registry_oci_step')
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('diff_id', 'text', (column) => column.notNull())
      .addColumn('size', types.bigint, (column) => column.notNull())
      .addColumn('used_at', types.bigint, (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_oci_step_key', ['project', 'key'])
      .execute()
  },
}

/** What a proxy may reach is said for the whole server (`outgoingAllow`). */
export const ociProxyMigration: MigrationStep = {
  id: '006-oci-proxy-by-the-door',
  async up(db) {
    await db.schema.alterTable('registry_oci_policy').dropColumn('proxy_inside').execute()
  },
}

async function makeBlobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registry_oci_repo')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('registry_oci_repo_project')
    .on('registry_oci_repo')
    .columns(['project', 'name'])
    .execute()
  await db.schema
    .createTable('registry_oci_blob')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addColumn('size', types.bigint, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('registry_oci_link')
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) =>
      column.notNull().references('registry_oci_blob.digest'),
    )
    .addColumn('touched_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('registry_oci_link_key', ['repo', 'digest'])
    .execute()
  await db.schema
    .createIndex('registry_oci_link_digest')
    .on('registry_oci_link')
    .columns(['digest'])
    .execute()
}

async function makeManifests(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registry_oci_manifest')
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addColumn('artifact_type', 'text')
    .addColumn('subject', 'text')
    .addColumn('size', types.bigint, (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text')
    .addColumn('pushed_at', types.bigint, (column) => column.notNull())
    .addColumn('pushed_by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('registry_oci_manifest_key', ['repo', 'digest'])
    .execute()
  await db.schema
    .createIndex('registry_oci_manifest_subject')
    .on('registry_oci_manifest')
    .columns(['repo', 'subject'])
    .execute()
  await db.schema
    .createTable('registry_oci_reference')
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('manifest', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('registry_oci_reference_key', ['repo', 'manifest', 'digest', 'kind'])
    .execute()
  await db.schema
    .createIndex('registry_oci_reference_digest')
    .on('registry_oci_reference')
    .columns(['repo', 'digest'])
    .execute()
}

async function makeTagsAndUploads(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registry_oci_tag')
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('registry_oci_tag_key', ['repo', 'tag'])
    .execute()
  await db.schema
    .createTable('registry_oci_upload')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('touched_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('registry_oci_policy')
    .addColumn('project', 'text', (column) => column.primaryKey())
    .addColumn('quota_bytes', types.bigint)
    .addColumn('keep_tags', types.bigint)
    .addColumn('untagged_days', types.bigint)
    .execute()
}
