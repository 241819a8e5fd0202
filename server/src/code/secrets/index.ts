import { codeSecretEndpoints as api } from '@madang/api'
import { type Database, type Kernel, route } from '../../kernel/index.ts'
import { type CodeContext, openRepo } from '../context.ts'
import { scanArrival } from './scan.ts'
import type { SecretScanner } from '../ports.ts'
import { putScan, scanOf, secretMigrations } from './store-secrets.ts'

export { deleteScan } from './store-secrets.ts'

/** The scanner that pushes go through; `addScanRoutes` adds what people set of it. */
export async function createSecretScanner(kernel: Kernel): Promise<SecretScanner> {
  await kernel.database.migrate('code-secrets', secretMigrations)
  return async (repoId, given) => {
    const scan = await scanOf(kernel.database as Database, repoId)
    return scan.isOn ? scanArrival(given, scan) : undefined
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
