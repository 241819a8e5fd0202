import { type NewEvent, parseColumn, type ThreadEdge } from '../../kernel/index.ts'
import type { ImageFacts } from './image-facts.ts'
import type { RepoName } from './names.ts'
import type { ManifestRow } from './store.ts'

/** Data of `registry.imagePushed`. */
export interface ImagePushed {
  repo: string
  digest: string
  tags: string[]
  runId?: string
}

export const imageId = (repo: string, digest: string) => `image:${repo}@${digest}`

export function imagePage({ project, name }: RepoName, digest?: string): string {
  const image = name.slice(project.length + 1)
  const path = `/p/${project}/images/${encodeURIComponent(image)}`
  return digest === undefined ? path : `${path}/${encodeURIComponent(digest)}`
}

/** An image got a tag: with the run that pushed it, and the commit that its labels name. */
export function imagePushed(given: {
  row: ManifestRow
  repo: RepoName
  tags: string[]
  actorId: string
}): NewEvent {
  const { row, repo, tags, actorId } = given
  const to = { kind: 'artifact', id: imageId(repo.name, row.digest) }
  const edges: ThreadEdge[] = []
  if (row.run_id !== null) edges.push({ from: { kind: 'run', id: row.run_id }, to })
  const commit = commitOf(parseColumn<ImageFacts>(row.facts), repo.project)
  if (commit) edges.push({ from: { kind: 'commit', id: commit }, to })
  const data: ImagePushed = {
    repo: repo.name,
    digest: row.digest,
    tags,
    runId: row.run_id ?? undefined,
  }
  return {
    type: 'registry.imagePushed',
    subject: `image:${repo.name}`,
    project: repo.project,
    actor: actorId,
    data,
    nodes: [
      {
        ...to,
        project: repo.project,
        title: `${repo.name}:${tags.join(', ')}`,
        url: imagePage(repo, row.digest),
        text: `${row.digest} ${tags.join(' ')}`,
      },
    ],
    edges,
  }
}

export function imageRemoved(repo: RepoName, digest: string, actorId: string): NewEvent {
  return {
    type: 'registry.imageRemoved',
    subject: `image:${repo.name}`,
    project: repo.project,
    actor: actorId,
    data: { repo: repo.name, digest },
    nodes: [{ kind: 'artifact', id: imageId(repo.name, digest), removed: true }],
  }
}

/** The page of the commit that an image's labels name. */
export function commitPage(facts: ImageFacts, project: string): string | undefined {
  const [, repo, sha] = /^[^/]+\/(.+)@(.+)$/.exec(commitOf(facts, project) ?? '') ?? []
  return repo && `/p/${project}/code/${repo}/commit/${sha}`
}

/** `GB/guestbook@<sha>` when the labels name a commit of a repository of this project here. */
function commitOf({ revision, source }: ImageFacts, project: string): string | undefined {
  const at = /\/git\/([A-Z0-9_]+)\/([^/]+?)(?:\.git)?\/?$/.exec(source ?? '')
  if (!at || at[1] !== project || !/^[0-9a-f]{40}$/.test(revision ?? '')) return undefined
  return `${project}/${at[2]}@${revision}`
}
