import type { MigrationStep } from '../kernel/index.ts'
import type { DeploymentStatus } from './model.ts'

export interface DeploymentRow {
  id: string
  /** The fact it was recorded from; a fact delivered twice makes one deployment. */
  event_id: string
  project: string
  environment: string
  service: string
  stack_id: string
  stack_name: string
  region: string
  version: string
  status: DeploymentStatus
  stack_status: string
  reason: string | null
  run_id: string | null
  repo: string | null
  commit_sha: string | null
  actor: string
  actor_name: string
  at: number
  template_hash: string
  /** JSON: parameters, capabilities, outputs, tags, resources. */
  details: string
  rollback_of: string | null
  is_current: number
}

export interface ReleasesTables {
  releases_deployment: DeploymentRow
  releases_environment: {
    project: string
    name: string
    position: number
    /** One of Bitbucket's kinds, where somebody said it; else the name tells. */
    kind: string | null
    /** What it was first called, where it has been renamed since. */
    made_as: string | null
  }
  /** Names that environments had. */
  releases_environment_name: { project: string; name: string; made_as: string }
  releases_template: { hash: string; text: string }
  releases_run: {
    id: string
    project: string
    repo: string
    branch: string
    number: number
    commit_sha: string
    actor: string
  }
  releases_rollback: {
    id: string
    project: string
    deployment_id: string
    stack_id: string
    actor: string
    at: number
  }
  /** Repositories whose previews go with their pull requests, and who said so. */
  releases_preview_rule: { project: string; repo: string; set_by: string; set_by_name: string }
}

export const releasesMigrations: MigrationStep[] = [
  {
    id: '001-releases',
    async up(db, types) {
      await db.schema
        .createTable('releases_deployment')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('event_id', 'text', (column) => column.notNull())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('service', 'text', (column) => column.notNull())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('stack_name', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('stack_status', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('actor_name', 'text', (column) => column.notNull())
        .addColumn('template_hash', 'text', (column) => column.notNull())
        .addColumn('details', 'text', (column) => column.notNull())
        .addColumn('reason', 'text')
        .addColumn('run_id', 'text')
        .addColumn('repo', 'text')
        .addColumn('commit_sha', 'text')
        .addColumn('rollback_of', 'text')
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('is_current', 'integer', (column) => column.notNull())
        .addUniqueConstraint('releases_deployment_event', ['event_id'])
        .execute()
      await db.schema
        .createIndex('releases_deployment_at')
        .on('releases_deployment')
        .columns(['project', 'at'])
        .execute()
      await db.schema
        .createIndex('releases_deployment_stack')
        .on('releases_deployment')
        .columns(['stack_id', 'at'])
        .execute()
    },
  },
  {
    id: '002-around',
    async up(db, types) {
      await db.schema
        .createTable('releases_environment')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('releases_environment_key', ['project', 'name'])
        .execute()
      await db.schema
        .createTable('releases_template')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('text', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('releases_run')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repo', 'text', (column) => column.notNull())
        .addColumn('branch', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('commit_sha', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('releases_rollback')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('deployment_id', 'text', (column) => column.notNull())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .execute()
    },
  },
  {
    id: '003-environment-kind',
    async up(db) {
      await db.schema.alterTable('releases_environment').addColumn('kind', 'text').execute()
    },
  },
  {
    id: '004-preview-rule',
    async up(db) {
      await db.schema
        .createTable('releases_preview_rule')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repo', 'text', (column) => column.notNull())
        .addColumn('set_by', 'text', (column) => column.notNull())
        .addColumn('set_by_name', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('releases_preview_rule_key', ['project', 'repo'])
        .execute()
    },
  },
  {
    id: '005-environment-names',
    async up(db) {
      await db.schema.alterTable('releases_environment').addColumn('made_as', 'text').execute()
      await db.schema
        .createTable('releases_environment_name')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('made_as', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('releases_environment_name_key', ['project', 'name'])
        .execute()
    },
  },
]
