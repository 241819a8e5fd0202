import type { Artifact } from '@madang/api'
import { artifactVersion } from '../model.ts'
import type { RunRow } from '../tables.ts'
import type { RemoteParts } from './parts.ts'

/** What a run has archived, by path. */
export async function archivedBy(
  { registry }: Pick<RemoteParts, 'registry'>,
  run: RunRow,
): Promise<Artifact[]> {
  const found: Artifact[] = []
  let cursor: string | undefined
  do {
    const filter = { name: run.repo, version: artifactVersion(run), limit: 200, cursor }
    const page = await registry.artifactList(run.project, filter)
    found.push(...page.items.filter(({ runId }) => runId === run.id))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

export async function artifactsOf(
  parts: Pick<RemoteParts, 'registry'>,
  run: RunRow,
): Promise<string[]> {
  return (await archivedBy(parts, run)).map(({ path }) => path)
}
