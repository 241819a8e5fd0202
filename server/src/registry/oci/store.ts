import type { Database, Transaction } from '../../kernel/index.ts'
import type { RepoName } from './names.ts'
import type { OciTables } from './tables.ts'

export type ManifestRow = OciTables['registry_oci_manifest']
export type Source = Pick<Database, 'tables'>

const tables = (source: Source) => source.tables<OciTables>()

export async function repoExists(source: Source, name: string): Promise<boolean> {
  const row = await tables(source)
    .selectFrom('registry_oci_repo')
    .select('name')
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

/** Repositories come into being by the first push to them. */
export async function repoEnsure(tx: Transaction, repo: RepoName, nowMs: number): Promise<void> {
  await tables(tx)
    .insertInto('registry_oci_repo')
    .values({ ...repo, created_at: nowMs })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

export async function repoNames(
  source: Source,
  filter: { project?: string; after?: string; limit: number },
): Promise<OciTables['registry_oci_repo'][]> {
  let query = tables(source).selectFrom('registry_oci_repo').selectAll()
  if (filter.project !== undefined) query = query.where('project', '=', filter.project)
  if (filter.after !== undefined) query = query.where('name', '>', filter.after)
  return query.orderBy('name').limit(filter.limit).execute()
}

/** A blob that a repository holds. */
export async function linkedBlob(
  source: Source,
  repo: string,
  digest: string,
): Promise<{ blob: string; size: number; touched_at: number } | undefined> {
  return tables(source)
    .selectFrom('registry_oci_link as link')
    .innerJoin('registry_oci_blob as blob', 'blob.digest', 'link.digest')
    .select(['blob.blob', 'blob.size', 'link.touched_at'])
    .where('link.repo', '=', repo)
    .where('link.digest', '=', digest)
    .executeTakeFirst()
}

export async function blobByDigest(source: Source, digest: string) {
  return tables(source)
    .selectFrom('registry_oci_blob')
    .selectAll()
    .where('digest', '=', digest)
    .executeTakeFirst()
}

/** Of these ids those that the registry refers to. */
export async function keptBlobs(source: Source, ids: string[]): Promise<string[]> {
  const blobs = tables(source).selectFrom('registry_oci_blob')
  const rows = await blobs.select('blob').where('blob', 'in', ids).execute()
  return rows.map(({ blob }) => blob)
}

/** A repository of the project that holds the blob. */
export async function holderIn(source: Source, project: string, digest: string) {
  const row = await tables(source)
    .selectFrom('registry_oci_link as link')
    .innerJoin('registry_oci_repo as repo', 'repo.name', 'link.repo')
    .select('repo.name')
    .where('repo.project', '=', project)
    .where('link.digest', '=', digest)
    .executeTakeFirst()
  return row?.name
}

export async function link(tx: Transaction, repo: string, digest: string, nowMs: number) {
  await tables(tx)
    .insertInto('registry_oci_link')
    .values({ repo, digest, touched_at: nowMs })
    .onConflict((conflict) =>
      conflict.columns(['repo', 'digest']).doUpdateSet({ touched_at: nowMs }),
    )
    .execute()
}

export async function unlink(tx: Transaction, repo: string, digest: string): Promise<boolean> {
  const { numDeletedRows } = await tables(tx)
    .deleteFrom('registry_oci_link')
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Bytes that the repositories of a project hold, each once. */
export async function usedBytes(source: Source, project: string): Promise<number> {
  const held = tables(source)
    .selectFrom('registry_oci_link as link')
    .innerJoin('registry_oci_repo as repo', 'repo.name', 'link.repo')
    .innerJoin('registry_oci_blob as blob', 'blob.digest', 'link.digest')
    .select(['blob.digest', 'blob.size'])
    .where('repo.project', '=', project)
    .distinct()
  const row = await tables(source)
    .selectFrom(held.as('held'))
    .select((of) => of.fn.sum<number | string>('size').as('bytes'))
    .executeTakeFirst()
  return Number(row?.bytes ?? 0)
}

export async function manifestByDigest(source: Source, repo: string, digest: string) {
  return tables(source)
    .selectFrom('registry_oci_manifest')
    .selectAll()
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .executeTakeFirst()
}

/** Those of the digests that the repository has, by digest. */
export async function manifestsByDigest(source: Source, repo: string, digests: string[]) {
  if (digests.length === 0) return new Map<string, ManifestRow>()
  const rows = await tables(source)
    .selectFrom('registry_oci_manifest')
    .selectAll()
    .where('repo', '=', repo)
    .where('digest', 'in', digests)
    .execute()
  return new Map(rows.map((row) => [row.digest, row]))
}

export async function manifestByTag(source: Source, repo: string, tag: string) {
  return tables(source)
    .selectFrom('registry_oci_tag as tag')
    .innerJoin('registry_oci_manifest as manifest', (join) =>
      join.onRef('manifest.repo', '=', 'tag.repo').onRef('manifest.digest', '=', 'tag.digest'),
    )
    .selectAll('manifest')
    .where('tag.repo', '=', repo)
    .where('tag.tag', '=', tag)
    .executeTakeFirst()
}

export interface Reference {
  digest: string
  kind: 'blob' | 'manifest'
}

export async function manifestPut(tx: Transaction, row: ManifestRow, needs: Reference[]) {
  await tables(tx)
    .insertInto('registry_oci_manifest')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['repo', 'digest'])
        .doUpdateSet({ media_type: row.media_type, pushed_at: row.pushed_at, touched_at: null }),
    )
    .execute()
  if (needs.length === 0) return
  const { repo, digest: manifest } = row
  await tables(tx)
    .insertInto('registry_oci_reference')
    .values(needs.map((need) => ({ repo, manifest, ...need })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function manifestTouch(tx: Transaction, repo: string, digest: string, nowMs: number) {
  await tables(tx)
    .updateTable('registry_oci_manifest')
    .set({ touched_at: nowMs })
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .execute()
}

export async function manifestRemove(tx: Transaction, repo: string, digest: string) {
  const db = tables(tx)
  await db
    .deleteFrom('registry_oci_reference')
    .where('repo', '=', repo)
    .where('manifest', '=', digest)
    .execute()
  await db
    .deleteFrom('registry_oci_tag')
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .execute()
  const { numDeletedRows } = await db
    .deleteFrom('registry_oci_manifest')
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function tagPut(
  tx: Transaction,
  repo: string,
  tag: string,
  digest: string,
  nowMs: number,
) {
  await tables(tx)
    .insertInto('registry_oci_tag')
    .values({ repo, tag, digest, updated_at: nowMs })
    .onConflict((conflict) =>
      conflict.columns(['repo', 'tag']).doUpdateSet({ digest, updated_at: nowMs }),
    )
    .execute()
}

/** Of a repository, the oldest first. */
export async function manifestsOf(source: Source, repo: string): Promise<ManifestRow[]> {
  return tables(source)
    .selectFrom('registry_oci_manifest')
    .selectAll()
    .where('repo', '=', repo)
    .orderBy('pushed_at')
    .orderBy('digest')
    .execute()
}

/** With all that it holds; blobs that no other repository needs are collected later. */
export async function repoRemove(tx: Transaction, repo: string): Promise<void> {
  const db = tables(tx)
  for (const table of [
    'registry_oci_reference',
    'registry_oci_tag',
    'registry_oci_manifest',
    'registry_oci_link',
  ] as const) {
    await db.deleteFrom(table).where('repo', '=', repo).execute()
  }
  await db.deleteFrom('registry_oci_repo').where('name', '=', repo).execute()
}

/** Of one image, in order. */
export async function tagsOf(source: Source, repo: string, digest: string): Promise<string[]> {
  const rows = await tables(source)
    .selectFrom('registry_oci_tag')
    .select('tag')
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .orderBy('tag')
    .execute()
  return rows.map(({ tag }) => tag)
}

const MOST_TAGS = 20_000

/** The newest first. */
export async function tagsByAge(source: Source, repo: string) {
  return tables(source)
    .selectFrom('registry_oci_tag')
    .select(['tag', 'digest', 'updated_at'])
    .where('repo', '=', repo)
    .orderBy('updated_at', 'desc')
    .orderBy('tag', 'desc')
    .limit(MOST_TAGS)
    .execute()
}

export async function tagByName(source: Source, repo: string, tag: string) {
  return tables(source)
    .selectFrom('registry_oci_tag')
    .selectAll()
    .where('repo', '=', repo)
    .where('tag', '=', tag)
    .executeTakeFirst()
}

export async function tagRemove(tx: Transaction, repo: string, tag: string): Promise<boolean> {
  const { numDeletedRows } = await tables(tx)
    .deleteFrom('registry_oci_tag')
    .where('repo', '=', repo)
    .where('tag', '=', tag)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function tags(
  source: Source,
  repo: string,
  page: { after?: string; limit: number },
): Promise<OciTables['registry_oci_tag'][]> {
  let query = tables(source).selectFrom('registry_oci_tag').selectAll().where('repo', '=', repo)
  if (page.after !== undefined) query = query.where('tag', '>', page.after)
  return query.orderBy('tag').limit(page.limit).execute()
}

/** What points at a manifest: signatures, SBOMs, attestations. */
export async function referrers(
  source: Source,
  repo: string,
  page: { subject: string; artifactType?: string; after?: string; limit: number },
): Promise<ManifestRow[]> {
  let query = tables(source)
    .selectFrom('registry_oci_manifest')
    .selectAll()
    .where('repo', '=', repo)
    .where('subject', '=', page.subject)
  if (page.artifactType !== undefined) {
    query = query.where('artifact_type', '=', page.artifactType)
  }
  if (page.after !== undefined) query = query.where('digest', '>', page.after)
  return query.orderBy('digest').limit(page.limit).execute()
}

export async function policyOf(source: Source, project: string) {
  return tables(source)
    .selectFrom('registry_oci_policy')
    .selectAll()
    .where('project', '=', project)
    .executeTakeFirst()
}

export async function policyPut(tx: Transaction, row: OciTables['registry_oci_policy']) {
  const { project: _key, ...rules } = row
  await tables(tx)
    .insertInto('registry_oci_policy')
    .values(row)
    .onConflict((conflict) => conflict.column('project').doUpdateSet(rules))
    .execute()
}
