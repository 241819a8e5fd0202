import { z } from 'zod'
import {
  momentMs,
  type PullDetails,
  type Source,
  type SourceComment,
  type SourcePerson,
  type SourcePlace,
  type SourcePull,
} from './model.ts'
import { allPages, nextLink, type SourceApi } from './source-http.ts'
import { shapeOf, sourceId, text } from './source-shapes.ts'

const user = z.object({ username: z.string(), name: text }).nullish()
const line = z.number().nullish()

const mergeRequest = z.object({
  iid: z.number(),
  title: z.string(),
  description: text,
  state: z.string(),
  draft: z.boolean().nullish(),
  author: user,
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.number().nullish(),
  target_project_id: z.number().nullish(),
  sha: text,
  merge_commit_sha: text,
  squash_commit_sha: text,
  merge_user: user,
  merged_by: user,
  closed_by: user,
  web_url: z.string(),
  created_at: text,
  updated_at: text,
  merged_at: text,
  closed_at: text,
})

const position = z.object({
  base_sha: text,
  head_sha: text,
  old_path: text,
  new_path: text,
  old_line: line,
  new_line: line,
  line_range: z.object({ start: z.object({ old_line: line, new_line: line }).nullish() }).nullish(),
})

const note = z.object({
  id: sourceId,
  body: text,
  author: user,
  system: z.boolean().nullish(),
  created_at: text,
  updated_at: text,
  resolved: z.boolean().nullish(),
  resolved_by: user,
  position: position.nullish(),
})

const discussion = z.object({ notes: z.array(note) })
const approvals = z.object({
  approved_by: z.array(z.object({ user, approved_at: text })).nullish(),
})

export function gitlabSource(api: SourceApi, given: { host: string; path: string }): Source {
  const root = `/projects/${encodeURIComponent(given.path)}/merge_requests`
  const read = <S extends z.ZodType>(schema: S, json: unknown, path: string) =>
    shapeOf(schema, json, { host: given.host, path })
  return {
    headRefs: 'refs/merge-requests/*/head',
    async page(next) {
      const first = `${root}?scope=all&state=all&order_by=created_at&sort=asc&per_page=100`
      const { json, headers } = await api.get(next ?? first)
      const pulls = read(z.array(mergeRequest), json, root).map(pullOf)
      const more = nextLink(headers)
      return { pulls, ...(more ? { next: more } : {}) }
    },
    async details({ number, closedAt, updatedAt }) {
      const path = `${root}/${number}/discussions`
      const found = read(
        z.array(discussion),
        await allPages(api, `${path}?per_page=100`, { host: given.host, path }),
        path,
      )
      const { json } = await api.get(`${root}/${number}/approvals`)
      const { approved_by } = read(approvals, json, `${root}/${number}/approvals`)
      return {
        comments: found.flatMap(commentsOf),
        verdicts: (approved_by ?? []).map((each) => ({
          author: person(each.user),
          verdict: 'approved' as const,
          // Older servers do not tell when.
          atMs: momentMs(each.approved_at) || (closedAt ?? updatedAt),
        })),
      } satisfies PullDetails
    },
  }
}

const person = (of: z.output<typeof user>): SourcePerson => ({
  login: of?.username ?? 'ghost',
  name: of?.name || (of?.username ?? 'ghost'),
})

function pullOf(request: z.output<typeof mergeRequest>): SourcePull {
  const isMerged = request.state === 'merged'
  const isFork = request.source_project_id !== request.target_project_id
  const mergedAs = request.merge_commit_sha ?? request.squash_commit_sha
  const closer = isMerged ? (request.merge_user ?? request.merged_by) : request.closed_by
  const closed = isMerged ? request.merged_at : request.closed_at
  return {
    number: request.iid,
    title: request.title,
    description: request.description ?? '',
    // `locked` is a merge under way, for seconds.
    state: isMerged ? 'merged' : request.state === 'closed' ? 'declined' : 'open',
    isDraft: request.draft ?? false,
    author: person(request.author),
    source: request.source_branch,
    ...(isFork ? { fork: person(request.author).login } : {}),
    target: request.target_branch,
    head: request.sha ?? '',
    ...(isMerged && mergedAs ? { mergedAs } : {}),
    ...(closer ? { closedBy: person(closer) } : {}),
    url: request.web_url,
    createdAt: momentMs(request.created_at),
    updatedAt: momentMs(request.updated_at),
    ...(closed ? { closedAt: momentMs(closed) } : {}),
  }
}

/** What people wrote; "changed the title" and the like the server wrote itself. */
function commentsOf({ notes }: z.output<typeof discussion>): SourceComment[] {
  const written = notes.filter((each) => !each.system)
  const [first] = written
  return written.map((each) => {
    const createdAt = momentMs(each.created_at)
    const editedAt = momentMs(each.updated_at)
    const place = each.position ? placeOf(each.position) : undefined
    return {
      id: each.id,
      author: person(each.author),
      text: each.body ?? '',
      createdAt,
      ...(editedAt > createdAt ? { editedAt } : {}),
      ...(each === first ? {} : { replyTo: first!.id }),
      ...(each.resolved ? { isResolved: true, resolvedBy: person(each.resolved_by) } : {}),
      ...(place ? { place } : each.position ? { isPlaceLost: true } : {}),
    }
  })
}

/** A removed line has only an old number, an added one only a new one, one between has both. */
function placeOf(at: z.output<typeof position>): SourcePlace | undefined {
  const side = at.new_line == null ? 'old' : 'new'
  const [path, number] = side === 'old' ? [at.old_path, at.old_line] : [at.new_path, at.new_line]
  if (!path || number == null) return undefined
  const start = at.line_range?.start?.[side === 'old' ? 'old_line' : 'new_line']
  return {
    path,
    line: number,
    side,
    ...(start != null && start < number ? { startLine: start } : {}),
    ...(at.head_sha ? { head: at.head_sha } : {}),
    ...(at.base_sha ? { base: at.base_sha } : {}),
  }
}
