import type { Credential, CredentialInput } from '@madang/api'
import { type Kernel, parseColumn, stringify, type Transaction } from '../kernel/index.ts'
import type { CredentialRow, PipelinesTables } from './tables.ts'

/** A credential with its secret, for a run that binds it. */
export type OpenCredential =
  | { kind: 'secretText'; id: string; secret: string }
  | { kind: 'usernamePassword'; id: string; username: string; password: string }
  | { kind: 'file'; id: string; fileName: string; contentBase64: string }
  | { kind: 'sshKey'; id: string; username: string; privateKey: string; passphrase?: string }

/** Credentials of a project, sealed; only runs of the project open them. */
export interface CredentialStore {
  list(project: string): Promise<Credential[]>
  put(tx: Transaction, project: string, input: CredentialInput): Promise<Credential>
  /** Whether there was one. */
  remove(tx: Transaction, project: string, id: string): Promise<boolean>
  open(project: string, id: string): Promise<OpenCredential | undefined>
}

const purpose = (project: string, id: string) => `pipelines/credential/${project}/${id}`

export function createCredentialStore({ database, secrets, clock }: Kernel): CredentialStore {
  const rows = (project: string) =>
    database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_credential')
      .selectAll()
      .where('project', '=', project)
      .orderBy('id')
  return {
    list: async (project) => (await rows(project).execute()).map(present),
    async put(tx, project, input) {
      const { id, kind, description = '' } = input
      const row: CredentialRow = {
        project,
        id,
        kind,
        description,
        username: 'username' in input ? input.username : null,
        file_name: 'fileName' in input ? input.fileName : null,
        sealed: secrets.seal(stringify(input), purpose(project, id)),
        updated_at: clock.now(),
      }
      await tx
        .tables<PipelinesTables>()
        .insertInto('pipelines_credential')
        .values(row)
        .onConflict((conflict) => conflict.columns(['project', 'id']).doUpdateSet(row))
        .execute()
      return present(row)
    },
    async remove(tx, project, id) {
      const { numDeletedRows } = await tx
        .tables<PipelinesTables>()
        .deleteFrom('pipelines_credential')
        .where('project', '=', project)
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    async open(project, id) {
      const row = await rows(project).where('id', '=', id).executeTakeFirst()
      if (!row) return undefined
      return parseColumn<OpenCredential>(secrets.open(row.sealed, purpose(project, id)))
    },
  }
}

function present(row: CredentialRow): Credential {
  return {
    id: row.id,
    kind: row.kind,
    description: row.description,
    username: row.username ?? undefined,
    fileName: row.file_name ?? undefined,
    updatedAt: new Date(row.updated_at).toISOString(),
  }
}
