import { z } from 'zod'
import type { PullPage, Source, SourceComment, SourcePerson, SourcePlace } from './model.ts'
import type { SourcePull, SourceVerdict } from './model.ts'
import { everyPage, type SourceApi } from './source-http.ts'
import { shapeOf, sourceId, text } from './source-shapes.ts'

/** Moments are milliseconds there. */
const moment = z.number().nullish()
const user = z.object({ name: text, slug: text, displayName: text }).nullish()

const side = z.object({
  displayId: z.string(),
  latestCommit: text,
  repository: z.object({ slug: z.string(), project: z.object({ key: z.string() }) }).nullish(),
})

const participant = z.object({ user, approved: z.boolean().nullish(), status: text })
const commit = z.object({ id: z.string() }).nullish()

const pullShape = z.object({
  id: z.number(),
  title: z.string(),
  description: text,
  state: z.string(),
  draft: z.boolean().nullish(),
  createdDate: moment,
  updatedDate: moment,
  closedDate: moment,
  fromRef: side,
  toRef: side,
  author: z.object({ user }).nullish(),
  reviewers: z.array(participant).nullish(),
  participants: z.array(participant).nullish(),
  properties: z.object({ mergeCommit: commit }).nullish(),
  links: z.object({ self: z.array(z.object({ href: z.string() })).nullish() }).nullish(),
})
type Pull = z.output<typeof pullShape>

const anchor = z
  .object({
    path: text,
    line: z.number().nullish(),
    lineType: text,
    fileType: text,
    fromHash: text,
    toHash: text,
    multilineMarker: z.object({ startLine: z.number().nullish() }).nullish(),
  })
  .nullish()

const commentShape = z.object({
  id: sourceId,
  text,
  author: user,
  createdDate: moment,
  updatedDate: moment,
  threadResolved: z.boolean().nullish(),
  threadResolver: user,
  /** Its answers, each with its own. */
  get comments(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof commentShape>>> {
    return z.array(commentShape).nullish()
  },
})
type Comment = z.output<typeof commentShape>

const activityShape = z.object({
  action: z.string(),
  commentAction: text,
  createdDate: moment,
  user,
  comment: commentShape.nullish(),
  commentAnchor: anchor,
  commit,
})
type Activity = z.output<typeof activityShape>

const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    values: z.array(item),
    isLastPage: z.boolean().nullish(),
    nextPageStart: z.number().nullish(),
  })

/** Bitbucket Server and Data Center: REST API 1.0, `path` is `KEY/slug`. */
export function bitbucketServerSource(
  api: SourceApi,
  given: { host: string; path: string },
): Source {
  const [key, slug] = given.path.split('/')
  const root = `/projects/${key}/repos/${slug}/pull-requests`
  const pageAt = async <S extends z.ZodType>(item: S, path: string) => {
    const { json } = await api.get(path)
    const page = shapeOf(pageOf(item), json, { host: given.host, path: root })
    const start = page.isLastPage === false ? page.nextPageStart : undefined
    const next = start == null ? undefined : path.replace(/start=\d+$/, `start=${start}`)
    return { items: page.values, next }
  }
  const activities = (number: number) => {
    const path = `${root}/${number}/activities?limit=100&start=0`
    return everyPage(path, { host: given.host, path: root }, (page) => pageAt(activityShape, page))
  }
  return {
    headRefs: 'refs/pull-requests/*/from',
    async page(next): Promise<PullPage> {
      const first = `${root}?state=ALL&order=OLDEST&limit=50&start=0`
      const page = await pageAt(pullShape, next ?? first)
      const pulls: SourcePull[] = []
      for (const pull of page.items) {
        // What it was merged as, and by whom, is told by its activities alone.
        const isOpen = pull.state === 'OPEN'
        pulls.push(pullOf(pull, isOpen ? [] : await activities(pull.id)))
      }
      return { pulls, ...(page.next ? { next: page.next } : {}) }
    },
    async details({ number }) {
      const path = `${root}/${number}`
      const about = { host: given.host, path }
      const pull = shapeOf(pullShape, (await api.get(path)).json, about)
      const all = await activities(number)
      return { comments: commentsOf(all), verdicts: verdictsOf(pull, all) }
    },
  }
}

const person = (of: z.output<typeof user>): SourcePerson => {
  const name = of?.displayName || of?.name || 'Former user'
  return { login: of?.slug || of?.name || name, name }
}

function pullOf(pull: Pull, all: Activity[]): SourcePull {
  const { state, fromRef, toRef } = pull
  const end = all.find(({ action }) => action === state)
  const isMerged = state === 'MERGED'
  const mergedAs = pull.properties?.mergeCommit?.id ?? end?.commit?.id
  const [from, to] = [fromRef.repository, toRef.repository]
  const isFork = from && (from.slug !== to?.slug || from.project.key !== to.project.key)
  return {
    number: pull.id,
    title: pull.title,
    description: pull.description ?? '',
    state: isMerged ? 'merged' : state === 'OPEN' ? 'open' : 'declined',
    isDraft: pull.draft ?? false,
    author: person(pull.author?.user),
    source: fromRef.displayId,
    // A person's own project is `~name` there.
    ...(isFork ? { fork: from.project.key.replace(/^~/, '').toLowerCase() } : {}),
    target: toRef.displayId,
    head: fromRef.latestCommit ?? '',
    ...(toRef.latestCommit ? { base: toRef.latestCommit } : {}),
    ...(isMerged && mergedAs ? { mergedAs } : {}),
    ...(end ? { closedBy: person(end.user) } : {}),
    url: pull.links?.self?.[0]?.href ?? '',
    createdAt: pull.createdDate ?? 0,
    updatedAt: pull.updatedDate ?? 0,
    ...(state === 'OPEN' ? {} : { closedAt: pull.closedDate ?? pull.updatedDate ?? 0 }),
  }
}

/** Threads are told when they began, newest first; one that was deleted is told as it was. */
function commentsOf(all: Activity[]): SourceComment[] {
  const deleted = new Set(
    all.filter(({ commentAction }) => commentAction === 'DELETED').map((each) => each.comment?.id),
  )
  return all
    .filter(({ action, commentAction }) => action === 'COMMENTED' && commentAction === 'ADDED')
    .toReversed()
    .flatMap(({ comment, commentAnchor }) => {
      if (!comment || deleted.has(comment.id)) return []
      const place = commentAnchor ? placeOf(commentAnchor) : undefined
      const where = place ? { place } : commentAnchor ? { isPlaceLost: true } : {}
      return [{ ...commentOf(comment), ...where }, ...answersOf(comment)]
    })
}

const answersOf = (to: Comment): SourceComment[] =>
  (to.comments ?? []).flatMap((each) => [
    { ...commentOf(each), replyTo: to.id },
    ...answersOf(each),
  ])

function commentOf(each: Comment): SourceComment {
  const createdAt = each.createdDate ?? 0
  const editedAt = each.updatedDate ?? 0
  return {
    id: each.id,
    author: person(each.author),
    text: each.text ?? '',
    createdAt,
    ...(editedAt > createdAt ? { editedAt } : {}),
    ...(each.threadResolved ? { isResolved: true, resolvedBy: person(each.threadResolver) } : {}),
  }
}

/** Lines of what goes are the old file's, in whichever view they were remarked on. */
function placeOf(at: NonNullable<z.output<typeof anchor>>): SourcePlace | undefined {
  if (!at.path || at.line == null || at.line === 0) return undefined
  const start = at.multilineMarker?.startLine
  return {
    path: at.path,
    line: at.line,
    side: at.lineType === 'REMOVED' || at.fileType === 'FROM' ? 'old' : 'new',
    ...(start != null && start < at.line ? { startLine: start } : {}),
    ...(at.toHash ? { head: at.toHash } : {}),
    ...(at.fromHash ? { base: at.fromHash } : {}),
  }
}

function verdictsOf(pull: Pull, all: Activity[]): SourceVerdict[] {
  const people = [...(pull.reviewers ?? []), ...(pull.participants ?? [])]
  return people.flatMap((each): SourceVerdict[] => {
    const isApproved = each.approved === true || each.status === 'APPROVED'
    if (!isApproved && each.status !== 'NEEDS_WORK') return []
    const action = isApproved ? 'APPROVED' : 'REVIEWED'
    const told = all.find((one) => one.action === action && one.user?.name === each.user?.name)
    const verdict = isApproved ? 'approved' : 'changesRequested'
    const atMs = told?.createdDate ?? pull.updatedDate ?? 0
    return [{ author: person(each.user), verdict, atMs }]
  })
}
