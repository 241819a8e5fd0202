import type { MigrationStep } from '../../../kernel/index.ts'

export interface LambdaTables {
  lambda_function: {
    id: string
    account: string
    region: string
    name: string
    project: string | null
    next_version: number
    reserved_concurrency: number | null
    tags: string
    created_at: number
  }
  lambda_version: {
    function_id: string
    /** `$LATEST` or a number. */
    version: string
    config: string
    /** JSON text of the variables, sealed. */
    variables: string
    code_blob: string
    /** Hex; what the wire gives is the same in base 64. */
    code_sha256: string
    code_bytes: number
    state: string
    state_reason: string | null
    state_reason_code: string | null
    update_status: string
    update_reason: string | null
    update_reason_code: string | null
    revision: string
    modified_at: number
  }
  lambda_alias: {
    function_id: string
    name: string
    version: string
    description: string
    /** `{ "<version>": share }`. */
    weights: string
    revision: string
  }
  /** Resource policies: one row a statement. */
  lambda_statement: {
    function_id: string
    /** Empty for the function itself. */
    qualifier: string
    sid: string
    statement: string
    position: number
  }
  lambda_url: {
    url_id: string
    function_id: string
    qualifier: string
    auth_type: string
    cors: string | null
    /** How the answer goes out; null: BUFFERED. */
    invoke_mode: string | null
    created_at: number
    modified_at: number
  }
  lambda_async_config: {
    function_id: string
    qualifier: string
    max_retries: number | null
    max_age_s: number | null
    /** JSON: Destinations. */
    destinations: string | null
    modified_at: number
  }
  /** Event source mappings. */
  lambda_mapping: {
    uuid: string
    account: string
    region: string
    function_id: string
    function_name: string
    qualifier: string | null
    role_arn: string
    source_arn: string
    is_enabled: number
    /** JSON: MappingConfig. */
    config: string
    last_result: string
    modified_at: number
  }
  lambda_mapping_shard: { uuid: string; shard: string; sequence: string }
  /** A deleted version's row stays: its number is never given again. */
  lambda_layer_version: {
    account: string
    region: string
    name: string
    version: number
    /** JSON: LayerInfo. */
    info: string
    code_blob: string
    code_sha256: string
    code_bytes: number
    /** JSON: its statements, in order. */
    statements: string
    policy_revision: string
    is_deleted: number
    created_at: number
  }
  lambda_code_signing: {
    arn: string
    account: string
    region: string
    /** JSON: SigningRules. */
    rules: string
    modified_at: number
  }
  /** Small settings of a function or one of its qualifiers, JSON, by name. */
  lambda_setting: {
    function_id: string
    qualifier: string
    name: string
    value: string
    modified_at: number
  }
}

export const lambdaMigrations: MigrationStep[] = [
  {
    id: '001-functions',
    async up(db, types) {
      await db.schema
        .createTable('lambda_function')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('next_version', 'integer', (column) => column.notNull())
        .addColumn('reserved_concurrency', 'integer')
        .addColumn('tags', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addUniqueConstraint('lambda_function_name', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('lambda_version')
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('variables', 'text', (column) => column.notNull())
        .addColumn('code_blob', 'text', (column) => column.notNull())
        .addColumn('code_sha256', 'text', (column) => column.notNull())
        .addColumn('code_bytes', types.bigint, (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('state_reason', 'text')
        .addColumn('state_reason_code', 'text')
        .addColumn('update_status', 'text', (column) => column.notNull())
        .addColumn('update_reason', 'text')
        .addColumn('update_reason_code', 'text')
        .addColumn('revision', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_version_key', ['function_id', 'version'])
        .execute()
    },
  },
  {
    id: '002-aliases-policies-urls',
    async up(db, types) {
      await db.schema
        .createTable('lambda_alias')
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('description', 'text', (column) => column.notNull())
        .addColumn('weights', 'text', (column) => column.notNull())
        .addColumn('revision', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_alias_key', ['function_id', 'name'])
        .execute()
      await db.schema
        .createTable('lambda_statement')
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('qualifier', 'text', (column) => column.notNull())
        .addColumn('sid', 'text', (column) => column.notNull())
        .addColumn('statement', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_statement_key', ['function_id', 'qualifier', 'sid'])
        .execute()
      await db.schema
        .createTable('lambda_url')
        .addColumn('url_id', 'text', (column) => column.primaryKey())
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('qualifier', 'text', (column) => column.notNull())
        .addColumn('auth_type', 'text', (column) => column.notNull())
        .addColumn('cors', 'text')
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addUniqueConstraint('lambda_url_function', ['function_id', 'qualifier'])
        .execute()
      await db.schema
        .createTable('lambda_async_config')
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('qualifier', 'text', (column) => column.notNull())
        .addColumn('max_retries', 'integer')
        .addColumn('max_age_s', 'integer')
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_async_config_key', ['function_id', 'qualifier'])
        .execute()
    },
  },
  {
    id: '003-mappings',
    async up(db, types) {
      await db.schema
        .createTable('lambda_mapping')
        .addColumn('uuid', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('function_name', 'text', (column) => column.notNull())
        .addColumn('qualifier', 'text')
        .addColumn('role_arn', 'text', (column) => column.notNull())
        .addColumn('source_arn', 'text', (column) => column.notNull())
        .addColumn('is_enabled', 'integer', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('last_result', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('lambda_mapping_shard')
        .addColumn('uuid', 'text', (column) => column.notNull())
        .addColumn('shard', 'text', (column) => column.notNull())
        .addColumn('sequence', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_mapping_shard_key', ['uuid', 'shard'])
        .execute()
    },
  },
  {
    id: '004-layers-settings',
    async up(db, types) {
      await db.schema
        .createTable('lambda_layer_version')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('info', 'text', (column) => column.notNull())
        .addColumn('code_blob', 'text', (column) => column.notNull())
        .addColumn('code_sha256', 'text', (column) => column.notNull())
        .addColumn('code_bytes', types.bigint, (column) => column.notNull())
        .addColumn('statements', 'text', (column) => column.notNull())
        .addColumn('policy_revision', 'text', (column) => column.notNull())
        .addColumn('is_deleted', 'integer', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_layer_key', ['account', 'region', 'name', 'version'])
        .execute()
      await db.schema
        .createTable('lambda_code_signing')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('rules', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('lambda_setting')
        .addColumn('function_id', 'text', (column) => column.notNull())
        .addColumn('qualifier', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('lambda_setting_key', ['function_id', 'qualifier', 'name'])
        .execute()
      await db.schema.alterTable('lambda_async_config').addColumn('destinations', 'text').execute()
    },
  },
  {
    id: '005-url-modes',
    async up(db) {
      await db.schema.alterTable('lambda_url').addColumn('invoke_mode', 'text').execute()
    },
  },
]
