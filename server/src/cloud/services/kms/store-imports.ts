import type { Database, Secrets } from '../../../kernel/index.ts'
import type { KmsTables } from './migrations.ts'

/** What GetParametersForImport gave out. */
export interface ImportParameters {
  keyArn: string
  algorithm: string
  /** PKCS #8, base64. */
  privateKey: string
  expiresAtMs: number
}

const purpose = (id: string) => `cloud-kms-import:${id}`

/** Parameters given out are valid for 24 hours, and any number of times until then. */
export class ImportStore {
  readonly #database: Database
  readonly #secrets: Secrets

  constructor(database: Database, secrets: Secrets) {
    this.#database = database
    this.#secrets = secrets
  }

  async save(id: string, given: ImportParameters, now: number): Promise<void> {
    const { keyArn: key_arn, expiresAtMs: expires_at } = given
    const sealed = this.#secrets.seal(JSON.stringify(given), purpose(id))
    await this.#database.write(async (tx) => {
      const tables = tx.tables<KmsTables>()
      await tables.deleteFrom('kms_import').where('expires_at', '<=', now).execute()
      await tables.insertInto('kms_import').values({ id, key_arn, sealed, expires_at }).execute()
    })
  }

  async find(id: string): Promise<ImportParameters | undefined> {
    const row = await this.#database
      .tables<KmsTables>()
      .selectFrom('kms_import')
      .select('sealed')
      .where('id', '=', id)
      .executeTakeFirst()
    return row && (JSON.parse(this.#secrets.open(row.sealed, purpose(id))) as ImportParameters)
  }
}
