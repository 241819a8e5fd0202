import type { Endpoint } from '@madang/api'
import type { Kernel } from '../kernel/index.ts'
import type { Client } from './client.ts'

/** What each guarded endpoint answers to nobody and to somebody who may not; for completeness tests. */
export interface GuardFinding {
  endpoint: string
  nobody: number
  outsider: number | undefined
}

/**
 * Calls every endpoint below a path without any credential (401 is right), and every one that asks for
 * a role with somebody who has none (403 is right).
 */
export async function probeGuards(
  kernel: Kernel,
  given: { nobody: Client; outsider: Client; project: string; only: (path: string) => boolean },
): Promise<GuardFinding[]> {
  const { nobody, outsider, project } = given
  const findings: GuardFinding[] = []
  for (const { endpoint } of kernel.http.table().routes) {
    if (endpoint.access === 'anyone' || !given.only(endpoint.path)) continue
    const needsRole = endpoint.access !== 'signedIn'
    findings.push({
      endpoint: `${endpoint.method} ${endpoint.path}`,
      nobody: await probe(nobody, endpoint, project),
      outsider: needsRole ? await probe(outsider, endpoint, project) : undefined,
    })
  }
  return findings
}

async function probe(client: Client, endpoint: Endpoint, project: string): Promise<number> {
  const path = endpoint.path.replace(':project', project).replace(/[:*]\w+/g, 'x')
  const headers = { ...client.headers, 'content-type': 'application/json' }
  const body = endpoint.body ? '{}' : null
  const response = await fetch(client.origin + path, { method: endpoint.method, headers, body })
  await response.arrayBuffer()
  return response.status
}
