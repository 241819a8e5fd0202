import type { CodeContext } from '../context.ts'
import { signingRoutes } from './gpg-keys.ts'
import { gpgMigrations } from './store-gpg-keys.ts'

export { addGpgKey, presentGpgKey, removeGpgKey } from './gpg-keys.ts'
export { gpgKeysOf, type GpgKeyRow } from './store-gpg-keys.ts'
export { createSigner } from './signer.ts'
export type { CommitSigner } from '../ports.ts'
export { verifyCommit, withSignatures } from './verify.ts'

/** Keys that signatures are known by, and what is asked about them. */
export async function createSigning(context: CodeContext): Promise<void> {
  await context.kernel.database.migrate('code-signing', gpgMigrations)
  context.kernel.http.add(signingRoutes(context))
}
