import type { MigrationStep } from '../../../kernel/index.ts'

// The documents hold parameter values without echo and attributes such as secret keys, so each is
// sealed; beside them stand only the columns that are searched for.
export interface CloudFormationTables {
  cloudformation_stack: {
    stack_id: string
    account: string
    region: string
    name: string
    /** account/region/name while it lives; null once deleted, so the name is free again. */
    live_key: string | null
    created_at: number
    document: string
  }
  cloudformation_resource: { stack_id: string; logical_id: string; document: string }
  cloudformation_event: { id: string; stack_id: string; position: number; document: string }
  cloudformation_change_set: {
    change_set_id: string
    stack_id: string
    name: string
    created_at: number
    document: string
  }
  cloudformation_operation: {
    id: string
    stack_id: string
    state: 'running' | 'finished'
    document: string
  }
  cloudformation_step: { operation_id: string; key: string; position: number; document: string }
  cloudformation_export: {
    account: string
    region: string
    name: string
    value: string
    stack_id: string
  }
  cloudformation_import: { account: string; region: string; name: string; stack_id: string }
  cloudformation_macro: {
    account: string
    region: string
    name: string
    stack_id: string
    function_name: string
  }
  cloudformation_response: { token: string; created_at: number; document: string | null }
}

export const migrations: MigrationStep[] = [
  {
    id: '001-stacks',
    async up(db, types) {
      const table = (name: string) => db.schema.createTable(`cloudformation_${name}`)
      await table('stack')
        .addColumn('stack_id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('live_key', 'text', (column) => column.unique())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute()
      await table('resource')
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('logical_id', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudformation_resource_key', ['stack_id', 'logical_id'])
        .execute()
      await table('event')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addUniqueConstraint('cloudformation_event_order', ['stack_id', 'position'])
        .execute()
      await table('change_set')
        .addColumn('change_set_id', 'text', (column) => column.primaryKey())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addUniqueConstraint('cloudformation_change_set_name', ['stack_id', 'name'])
        .execute()
    },
  },
  {
    id: '002-operations',
    async up(db, types) {
      const table = (name: string) => db.schema.createTable(`cloudformation_${name}`)
      await table('operation')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('cloudformation_operation_stack')
        .on('cloudformation_operation')
        .columns(['stack_id', 'state'])
        .execute()
      await table('step')
        .addColumn('operation_id', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudformation_step_key', ['operation_id', 'key'])
        .execute()
      await table('export')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudformation_export_key', ['account', 'region', 'name'])
        .execute()
      await table('import')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudformation_import_key', [
          'account',
          'region',
          'name',
          'stack_id',
        ])
        .execute()
      await table('response')
        .addColumn('token', 'text', (column) => column.primaryKey())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('document', 'text')
        .execute()
    },
  },
  {
    id: '003-macros',
    async up(db) {
      await db.schema
        .createTable('cloudformation_macro')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('stack_id', 'text', (column) => column.notNull())
        .addColumn('function_name', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudformation_macro_key', ['account', 'region', 'name'])
        .execute()
    },
  },
]
