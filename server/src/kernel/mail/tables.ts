import type { MigrationStep } from '../database/index.ts'

export interface MailTables {
  kernel_mail: {
    id: string
    at: number
    project: string | null
    source: string
    recipients: string
    subject: string
    /** JSON: NewMail. */
    mail: string
    state: string
    error: string | null
  }
}

export const mailMigrations: MigrationStep[] = [
  {
    id: '001-mail',
    async up(db, types) {
      await db.schema
        .createTable('kernel_mail')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('recipients', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('mail', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('error', 'text')
        .execute()
      await db.schema
        .createIndex('kernel_mail_project')
        .on('kernel_mail')
        .columns(['project', 'id'])
        .execute()
    },
  },
]
