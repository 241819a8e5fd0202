import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

/** What is looked for when somebody pushes. */
export const secretScan = z.object({
  isOn: z.boolean(),
  /** Assignments to names such as `password` that look random: guesses, so off unless asked for. */
  withHighEntropy: z.boolean().default(false),
  /** What is let through: files by a glob, and of them one kind only when it is named. */
  allow: z
    .array(z.object({ path: z.string().min(1).max(300), kind: z.string().max(50).optional() }))
    .max(200)
    .default([]),
})
export type SecretScan = Infer<typeof secretScan>

const path = '/api/projects/:project/repos/:repo/secret-scan'
const params = z.object({ project: z.string(), repo: z.string() })

/** Secrets that a push may not add. */
export const codeSecretEndpoints = {
  secretScanGet: endpoint({
    method: 'GET',
    path,
    access: { project: 'viewer' },
    params,
    result: secretScan,
  }),
  secretScanSet: endpoint({
    method: 'PUT',
    path,
    access: { project: 'maintainer' },
    params,
    body: secretScan,
    result: secretScan,
  }),
}
