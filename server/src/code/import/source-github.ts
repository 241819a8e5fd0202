import { z } from 'zod'
import {
  momentMs,
  type PullDetails,
  type Source,
  type SourceComment,
  type SourcePerson,
  type SourcePull,
  type SourceVerdict,
} from './model.ts'
import { allPages, nextLink, type SourceApi } from './source-http.ts'
import { shapeOf, sourceId, text } from './source-shapes.ts'

/** Accounts that were deleted have no user: GitHub shows them as `ghost`. */
const user = z.object({ login: z.string() }).nullish()
const line = z.number().nullish()

const pullShape = z.object({
  number: z.number(),
  title: z.string(),
  body: text,
  state: z.string(),
  draft: z.boolean().nullish(),
  user,
  // `repo` is missing once a fork was deleted.
  head: z.object({ ref: z.string(), sha: z.string(), label: text, repo: fullName() }),
  base: z.object({ ref: z.string(), sha: z.string(), repo: fullName() }),
  merge_commit_sha: text,
  html_url: z.string(),
  created_at: text,
  updated_at: text,
  closed_at: text,
  merged_at: text,
})

const reviewComment = z.object({
  id: sourceId,
  body: text,
  user,
  path: z.string(),
  line,
  original_line: line,
  start_line: line,
  original_start_line: line,
  side: text,
  commit_id: text,
  original_commit_id: text,
  in_reply_to_id: sourceId.nullish(),
  created_at: text,
  updated_at: text,
})

const issueComment = z.object({
  id: sourceId,
  body: text,
  user,
  created_at: text,
  updated_at: text,
})

const review = z.object({
  id: sourceId,
  state: z.string(),
  body: text,
  user,
  submitted_at: text,
  commit_id: text,
})

function fullName() {
  return z.object({ full_name: z.string() }).nullish()
}

export function githubSource(api: SourceApi, given: { host: string; path: string }): Source {
  const root = `/repos/${given.path}`
  const read = <S extends z.ZodType>(schema: S, json: unknown, path: string) =>
    shapeOf(schema, json, { host: given.host, path })
  const list = async <S extends z.ZodType>(schema: S, path: string) =>
    read(
      z.array(schema),
      await allPages(api, `${path}?per_page=100`, { host: given.host, path }),
      path,
    )
  return {
    headRefs: 'refs/pull/*/head',
    async page(next) {
      const first = `${root}/pulls?state=all&sort=created&direction=asc&per_page=100`
      const { json, headers } = await api.get(next ?? first)
      const pulls = read(z.array(pullShape), json, `${root}/pulls`).map(pullOf)
      const more = nextLink(headers)
      return { pulls, ...(more ? { next: more } : {}) }
    },
    async details({ number }) {
      const general = await list(issueComment, `${root}/issues/${number}/comments`)
      const inline = await list(reviewComment, `${root}/pulls/${number}/comments`)
      const reviews = await list(review, `${root}/pulls/${number}/reviews`)
      return detailsOf(general, inline, reviews)
    },
  }
}

const person = (of: z.output<typeof user>): SourcePerson => {
  const login = of?.login ?? 'ghost'
  return { login, name: login }
}

function pullOf(pull: z.output<typeof pullShape>): SourcePull {
  const { head, base } = pull
  const isFork = head.repo?.full_name !== base.repo?.full_name
  const owner = head.repo?.full_name.split('/')[0] ?? head.label?.split(':')[0] ?? 'unknown'
  const isMerged = momentMs(pull.merged_at) > 0
  return {
    number: pull.number,
    title: pull.title,
    description: pull.body ?? '',
    state: isMerged ? 'merged' : pull.state === 'open' ? 'open' : 'declined',
    isDraft: pull.draft ?? false,
    author: person(pull.user),
    source: head.ref,
    ...(isFork ? { fork: owner } : {}),
    target: base.ref,
    head: head.sha,
    base: base.sha,
    // For what is not merged it is GitHub's own trial merge.
    ...(isMerged && pull.merge_commit_sha ? { mergedAs: pull.merge_commit_sha } : {}),
    url: pull.html_url,
    createdAt: momentMs(pull.created_at),
    updatedAt: momentMs(pull.updated_at),
    ...(pull.closed_at ? { closedAt: momentMs(pull.merged_at ?? pull.closed_at) } : {}),
  }
}

function detailsOf(
  general: z.output<typeof issueComment>[],
  inline: z.output<typeof reviewComment>[],
  reviews: z.output<typeof review>[],
): PullDetails {
  const said = reviews.filter((each) => each.body && each.submitted_at)
  const comments: SourceComment[] = [
    ...general.map((each) => ({ ...common(each), id: `issue-${each.id}` })),
    ...said.map((each) => ({
      ...common({ ...each, created_at: each.submitted_at, updated_at: each.submitted_at }),
      id: `review-${each.id}`,
    })),
    ...inline.map(inlineOf),
  ]
  const verdicts = reviews.flatMap((each): SourceVerdict[] => {
    const verdict = { APPROVED: 'approved', CHANGES_REQUESTED: 'changesRequested' } as const
    const found = verdict[each.state as keyof typeof verdict]
    if (!found) return []
    const atMs = momentMs(each.submitted_at)
    const head = each.commit_id ?? undefined
    return [{ author: person(each.user), verdict: found, atMs, ...(head ? { head } : {}) }]
  })
  return { comments, verdicts }
}

function common(each: z.output<typeof issueComment>) {
  const createdAt = momentMs(each.created_at)
  const editedAt = momentMs(each.updated_at)
  return {
    author: person(each.user),
    text: each.body ?? '',
    createdAt,
    ...(editedAt > createdAt ? { editedAt } : {}),
  }
}

/** A comment whose line is outdated has only its original place, on its original commit. */
function inlineOf(each: z.output<typeof reviewComment>): SourceComment {
  const isNow = each.line != null
  const lineNumber = each.line ?? each.original_line ?? undefined
  const startLine = (isNow ? each.start_line : each.original_start_line) ?? undefined
  const head = (isNow ? each.commit_id : each.original_commit_id) ?? undefined
  return {
    ...common(each),
    id: `inline-${each.id}`,
    ...(each.in_reply_to_id ? { replyTo: `inline-${each.in_reply_to_id}` } : {}),
    ...(lineNumber === undefined
      ? { isPlaceLost: true }
      : {
          place: {
            path: each.path,
            line: lineNumber,
            ...(startLine === undefined ? {} : { startLine }),
            side: each.side === 'LEFT' ? 'old' : 'new',
            ...(head ? { head } : {}),
          },
        }),
  }
}
