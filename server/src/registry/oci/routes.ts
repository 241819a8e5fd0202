import { imageEndpoints, type ImageDetail, type ImageRepo, type ImageTag } from '@madang/api'
import { type Kernel, parseColumn, type Route, route } from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import { imageRemoved } from './events.ts'
import type { ImageFacts } from './image-facts.ts'
import type { Descriptor } from './manifest-document.ts'
import { isDigest, type RepoName } from './names.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'

const MOST_REFERRERS = 100

export function imageRoutes(kernel: Kernel): Route[] {
  return [...readingRoutes(kernel), ...changingRoutes(kernel)]
}

function readingRoutes(kernel: Kernel): Route[] {
  const { database } = kernel
  return [
    route(imageEndpoints.imageRepoList, async ({ params, query, request }) => {
      const { project } = params
      const rows = await store.repoNames(database, {
        project,
        after: query.cursor,
        limit: query.limit + 1,
      })
      const shown = rows.slice(0, query.limit)
      const items = await Promise.all(shown.map(({ name }) => presentRepo(kernel, name)))
      return {
        items,
        nextCursor: rows.length > query.limit ? shown.at(-1)!.name : undefined,
        usedBytes: await store.usedBytes(database, project),
        host: new URL(request.origin).host,
      }
    }),
    route(imageEndpoints.imageTagList, async ({ params, query }) => {
      const repo = await repoOf(kernel, params)
      const rows = await store.tags(database, repo.name, {
        after: query.cursor,
        limit: query.limit + 1,
      })
      const shown = rows.slice(0, query.limit)
      const items = await Promise.all(shown.map((row) => presentTag(kernel, row)))
      return { items, nextCursor: rows.length > query.limit ? shown.at(-1)!.tag : undefined }
    }),
    route(imageEndpoints.imageGet, async ({ params }) => {
      const repo = await repoOf(kernel, params)
      const { reference } = params
      const row = isDigest(reference)
        ? await store.manifestByDigest(database, repo.name, reference)
        : await store.manifestByTag(database, repo.name, reference)
      if (!row) throw refuse('imageNotFound', { image: `${repo.name}:${reference}` })
      return presentImage(kernel, row)
    }),
    route(imageEndpoints.imagePolicyGet, ({ params }) => policy(kernel, params.project)),
  ]
}

function changingRoutes(kernel: Kernel): Route[] {
  const { database } = kernel
  return [
    route(imageEndpoints.imageTagDelete, async ({ actor, params }) => {
      const repo = await repoOf(kernel, params)
      const { tag } = params
      const image = await store.manifestByTag(database, repo.name, tag)
      if (!image) throw refuse('imageNotFound', { image: `${repo.name}:${tag}` })
      await database.write(async (tx) => {
        await store.tagRemove(tx, repo.name, tag)
        if ((await tagsOf(tx, repo.name, image.digest)).length > 0) return
        await kernel.events.append(tx, imageRemoved(repo, image.digest, actor.id))
      })
      return {}
    }),
    route(imageEndpoints.imagePolicySet, async ({ params, body }) => {
      const { project } = params
      const { quotaBytes: quota_bytes, keepTags: keep_tags, untaggedDays: untagged_days } = body
      await database.write((tx) =>
        store.policyPut(tx, { project, quota_bytes, keep_tags, untagged_days }),
      )
      return policy(kernel, project)
    }),
  ]
}

async function repoOf(
  { database }: Kernel,
  { project, image }: { project: string; image: string },
): Promise<RepoName> {
  const name = `${project.toLowerCase()}/${image}`
  if (!(await store.repoExists(database, name))) throw refuse('imageNotFound', { image: name })
  return { project, name }
}

async function policy({ database }: Kernel, project: string) {
  const row = await store.policyOf(database, project)
  return {
    quotaBytes: row?.quota_bytes ?? null,
    keepTags: row?.keep_tags ?? null,
    untaggedDays: row?.untagged_days ?? null,
  }
}

async function presentRepo({ database }: Kernel, name: string): Promise<ImageRepo> {
  const db = database.tables<OciTables>()
  const latest = await db
    .selectFrom('registry_oci_tag')
    .selectAll()
    .where('repo', '=', name)
    .orderBy('updated_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  const count = await db
    .selectFrom('registry_oci_tag')
    .select((of) => of.fn.countAll<number | string>().as('tags'))
    .where('repo', '=', name)
    .executeTakeFirstOrThrow()
  const size = await db
    .selectFrom('registry_oci_link as link')
    .innerJoin('registry_oci_blob as blob', 'blob.digest', 'link.digest')
    .select((of) => of.fn.sum<number | string>('blob.size').as('bytes'))
    .where('link.repo', '=', name)
    .executeTakeFirst()
  return {
    name,
    tags: Number(count.tags),
    sizeBytes: Number(size?.bytes ?? 0),
    latestTag: latest?.tag,
    updatedAt: latest && new Date(latest.updated_at).toISOString(),
  }
}

async function presentTag(
  { database }: Kernel,
  row: OciTables['registry_oci_tag'],
): Promise<ImageTag> {
  const manifest = await store.manifestByDigest(database, row.repo, row.digest)
  const facts = manifest && parseColumn<ImageFacts>(manifest.facts)
  return {
    tag: row.tag,
    digest: row.digest,
    sizeBytes: facts?.sizeBytes ?? 0,
    platforms: facts?.platforms ?? [],
    updatedAt: new Date(row.updated_at).toISOString(),
    runId: manifest?.run_id ?? undefined,
  }
}

async function presentImage({ database }: Kernel, row: store.ManifestRow): Promise<ImageDetail> {
  const facts = parseColumn<ImageFacts>(row.facts)
  const pointing = await store.referrers(database, row.repo, {
    subject: row.digest,
    limit: MOST_REFERRERS,
  })
  const { manifests = [] } = JSON.parse(row.content) as { manifests?: Descriptor[] }
  return {
    repo: row.repo,
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type ?? undefined,
    tags: await tagsOf(database, row.repo, row.digest),
    platforms: facts.platforms,
    sizeBytes: facts.sizeBytes,
    layers: facts.layers,
    history: facts.history,
    labels: facts.labels,
    annotations: facts.annotations,
    revision: facts.revision,
    createdAt: facts.createdAt,
    referrers: pointing.map((it) => ({
      digest: it.digest,
      artifactType: it.artifact_type ?? undefined,
      sizeBytes: it.size,
    })),
    manifests: manifests.map(({ digest, platform, size }) => ({
      digest,
      platform: platform?.os && `${platform.os}/${platform.architecture ?? ''}`,
      sizeBytes: size,
    })),
    runId: row.run_id ?? undefined,
    pushedAt: new Date(row.pushed_at).toISOString(),
    pushedBy: row.pushed_by,
  }
}

async function tagsOf(source: Pick<Kernel['database'], 'tables'>, repo: string, digest: string) {
  const rows = await source
    .tables<OciTables>()
    .selectFrom('registry_oci_tag')
    .select('tag')
    .where('repo', '=', repo)
    .where('digest', '=', digest)
    .orderBy('tag')
    .execute()
  return rows.map(({ tag }) => tag)
}
