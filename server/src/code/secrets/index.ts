import { codeSecretEndpoints as api } from '@madang/api'
import { type Database, type Kernel, route } from '../../kernel/index.ts'
import { type CodeContext, openRepo } from '../context.ts'
import { installHook, type ScanSetup } from './hook.ts'
import { putScan, scanOf, secretMigrations } from './store-secrets.ts'

/** How a push into a repository is scanned for secrets. */
export type SecretScanner = (repoId: string) => Promise<ScanSetup>

/** The scanner that pushes go through; `scanRoutes` adds what people set of it. */
export async function createSecretScanner(kernel: Kernel): Promise<SecretScanner> {
  await kernel.database.migrate('code-secrets', secretMigrations)
  const setupFor = installHook(kernel)
  return async (repoId) => {
    const { isOn, withHighEntropy, allow } = await scanOf(kernel.database as Database, repoId)
    if (!isOn) return { settings: [], env: {} }
    const { settings, env } = setupFor(withHighEntropy)
    return { settings, env: { ...env, MADANG_SECRET_ALLOW: JSON.stringify(allow) } }
  }
}

export function addScanRoutes(context: CodeContext): void {
  const { database, http } = context.kernel
  http.add([
    route(api.secretScanGet, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return scanOf(database, repo.row.id)
    }),
    route(api.secretScanSet, async ({ params, body, actor }) => {
      const { project, name, row } = await openRepo(context, params.project, params.repo)
      const record = { actor, action: 'repo.secretScanSet', subject: `${project}/${name}`, project }
      await database.write(async (tx) => {
        await putScan(tx, row.id, body)
        await context.identity.audit(tx, { ...record, detail: body })
      })
      return body
    }),
  ])
}
