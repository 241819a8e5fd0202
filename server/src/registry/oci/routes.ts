import { imageEndpoints, type ImageDetail, type ImageRepo, type ImageTag } from '@madang/api'
import {
  type Kernel,
  parseColumn,
  type Route,
  route,
  type Transaction,
} from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import { attachedTo } from './attached.ts'
import { commitPage, imageRemoved } from './events.ts'
import type { ImageFacts } from './image-facts.ts'
import type { Descriptor } from './manifest-document.ts'
import { isDigest, type RepoName, repoNameOf, subjectOfTag } from './names.ts'
import { doomedTags, fits, policy, policyRow } from './policy.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'
import { type ImageUsers, usedImage } from './uses.ts'

const MOST_REPOS = 1000
const MOST_SHOWN = 200

export function imageRoutes(kernel: Kernel, users: ImageUsers): Route[] {
  return [...readingRoutes(kernel), useRoute(kernel, users), ...changingRoutes(kernel)]
}

function useRoute(kernel: Kernel, users: ImageUsers): Route {
  return route(imageEndpoints.imageUseList, async ({ params }) => {
    const row = await imageAt(kernel, params)
    return { items: await users.of(await usedImage(kernel.database, params.project, row)) }
  })
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
      return presentImage(kernel, await imageAt(kernel, params))
    }),
    route(imageEndpoints.imagePolicyGet, ({ params }) => policy(kernel, params.project)),
    route(imageEndpoints.imagePolicyPreview, ({ params, body }) =>
      preview(kernel, policyRow(params.project, body)),
    ),
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
        await refuseFixed(tx, repo, tag)
        await store.tagRemove(tx, repo.name, tag)
        if ((await store.tagsOf(tx, repo.name, image.digest)).length > 0) return
        await kernel.events.append(tx, imageRemoved(repo, image.digest, actor.id))
      })
      return {}
    }),
    route(imageEndpoints.imagePolicySet, async ({ params, body }) => {
      const { project } = params
      const row = policyRow(project, body)
      const { proxyUrl } = await policy(kernel, project)
      if (row.proxy_url !== null && row.proxy_url !== proxyUrl) {
        await kernel.outgoing.check(row.proxy_url)
      }
      await database.write((tx) => store.policyPut(tx, row))
      return policy(kernel, project)
    }),
  ]
}

/** What the rules would take away now: nothing is changed. */
async function preview({ database, clock }: Kernel, rules: OciTables['registry_oci_policy']) {
  const repos = await store.repoNames(database, { project: rules.project, limit: MOST_REPOS })
  const items: { repo: string; tag: string; digest: string; reason: 'count' | 'age' }[] = []
  for (const { name } of repos) {
    const doomed = doomedTags(await store.tagsByAge(database, name), rules, clock.now())
    items.push(...doomed.map(({ tag, digest, reason }) => ({ repo: name, tag, digest, reason })))
  }
  return { items: items.slice(0, MOST_SHOWN), count: items.length }
}

async function refuseFixed(tx: Transaction, repo: RepoName, tag: string): Promise<void> {
  const rules = await store.policyOf(tx, repo.project)
  if (rules && fits(rules.fixed_pattern, tag)) {
    throw refuse('imageTagFixed', { project: repo.project, tag })
  }
}

async function repoOf(
  { database }: Kernel,
  { project, image }: { project: string; image: string },
): Promise<RepoName> {
  const name = `${project.toLowerCase()}/${image}`
  if (!(await store.repoExists(database, name))) throw refuse('imageNotFound', { image: name })
  return { project, name }
}

async function imageAt(
  kernel: Kernel,
  params: { project: string; image: string; reference: string },
): Promise<store.ManifestRow> {
  const { name } = await repoOf(kernel, params)
  const { reference } = params
  const row = isDigest(reference)
    ? await store.manifestByDigest(kernel.database, name, reference)
    : await store.manifestByTag(kernel.database, name, reference)
  if (!row) throw refuse('imageNotFound', { image: `${name}:${reference}` })
  return row
}

async function presentRepo({ database }: Kernel, name: string): Promise<ImageRepo> {
  const db = database.tables<OciTables>()
  const latest = await db
    .selectFrom('registry_oci_tag')
    .selectAll()
    .where('repo', '=', name)
    .where('tag', 'not like', 'sha256-%')
    .orderBy('updated_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  const count = await db
    .selectFrom('registry_oci_tag')
    .select((of) => of.fn.countAll<number | string>().as('tags'))
    .where('repo', '=', name)
    .where('tag', 'not like', 'sha256-%')
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
  const children = manifest ? await indexed(database, manifest) : []
  return {
    tag: row.tag,
    digest: row.digest,
    attachedTo: subjectOfTag(row.tag),
    sizeBytes: children.length > 0 ? layersOnce(children) : (facts?.sizeBytes ?? 0),
    platforms: facts?.platforms ?? [],
    updatedAt: new Date(row.updated_at).toISOString(),
    runId: manifest?.run_id ?? undefined,
  }
}

async function presentImage({ database }: Kernel, row: store.ManifestRow): Promise<ImageDetail> {
  const tags = await store.tagsOf(database, row.repo, row.digest)
  const facts = parseColumn<ImageFacts>(row.facts)
  const children = await indexed(database, row)
  return {
    repo: row.repo,
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type ?? undefined,
    tags,
    platforms: facts.platforms,
    sizeBytes: children.length > 0 ? layersOnce(children) : facts.sizeBytes,
    layers: facts.layers,
    history: facts.history,
    labels: facts.labels,
    annotations: facts.annotations,
    revision: facts.revision,
    commitUrl: commitPage(facts, repoNameOf(row.repo).project),
    createdAt: facts.createdAt,
    subject: row.subject ?? tags.map(subjectOfTag).find((it) => it !== undefined),
    referrers: await attachedTo(database, row.repo, row.digest),
    manifests: children.map(presentChild),
    runId: row.run_id ?? undefined,
    pushedAt: new Date(row.pushed_at).toISOString(),
    pushedBy: row.pushed_by,
  }
}

interface Child {
  descriptor: Descriptor
  facts: ImageFacts | undefined
}

/** The images of an index with what is known of each; none of what is no index. */
async function indexed(database: Kernel['database'], row: store.ManifestRow): Promise<Child[]> {
  const { manifests = [] } = JSON.parse(row.content) as { manifests?: Descriptor[] }
  const digests = manifests.map(({ digest }) => digest)
  const rows = await store.manifestsByDigest(database, row.repo, digests)
  return manifests.map((descriptor) => {
    const found = rows.get(descriptor.digest)
    return { descriptor, facts: found && parseColumn<ImageFacts>(found.facts) }
  })
}

/** Platforms share layers: what a registry keeps and a mirror copies, not what one client pulls. */
function layersOnce(children: Child[]): number {
  const layers = children.flatMap(({ facts }) => facts?.layers ?? [])
  const sizes = new Map(layers.map(({ digest, sizeBytes }) => [digest, sizeBytes]))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

function presentChild({ descriptor, facts }: Child): ImageDetail['manifests'][number] {
  const { digest, platform, annotations } = descriptor
  const parts = [platform?.os, platform?.architecture, platform?.variant].filter(Boolean)
  const isImage = platform?.os !== undefined && platform.os !== 'unknown'
  return {
    digest,
    // BuildKit says unknown/unknown of its attestations, so that nobody pulls them as an image.
    platform: isImage ? parts.join('/') : undefined,
    sizeBytes: facts?.sizeBytes ?? 0,
    layers: facts?.layers.length ?? 0,
    attestationOf: annotations?.['vnd.docker.reference.digest'],
  }
}
