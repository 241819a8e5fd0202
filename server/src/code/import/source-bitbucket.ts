import { z } from 'zod'
import {
  momentMs,
  type PullPage,
  type Source,
  type SourceComment,
  type SourcePerson,
  type SourcePlace,
  type SourcePull,
  type SourceVerdict,
} from './model.ts'
import { everyPage, type SourceApi } from './source-http.ts'
import { shapeOf, sourceId, text } from './source-shapes.ts'

const user = z.object({ display_name: text, nickname: text, uuid: text }).nullish()
const line = z.number().nullish()

const side = z.object({
  branch: z.object({ name: z.string() }),
  // Missing once the branch and its commits are gone.
  commit: z.object({ hash: z.string() }).nullish(),
  repository: z.object({ full_name: z.string() }).nullish(),
})

const participant = z.object({ user, approved: z.boolean(), state: text, participated_on: text })

const pullShape = z.object({
  id: z.number(),
  title: z.string(),
  description: text,
  state: z.string(),
  draft: z.boolean().nullish(),
  author: user,
  source: side,
  destination: side,
  merge_commit: z.object({ hash: z.string() }).nullish(),
  closed_by: user,
  reason: text,
  participants: z.array(participant).nullish(),
  links: z.object({ html: z.object({ href: z.string() }).nullish() }).nullish(),
  created_on: text,
  updated_on: text,
})

const commentShape = z.object({
  id: sourceId,
  content: z.object({ raw: text }).nullish(),
  user,
  deleted: z.boolean().nullish(),
  inline: z
    .object({ path: z.string(), from: line, to: line, start_from: line, start_to: line })
    .nullish(),
  parent: z.object({ id: sourceId }).nullish(),
  resolution: z.object({ user }).nullish(),
  created_on: text,
  updated_on: text,
})

const pageOf = <S extends z.ZodType>(item: S) => z.object({ values: z.array(item), next: text })

export function bitbucketSource(api: SourceApi, given: { host: string; path: string }): Source {
  const root = `/repositories/${given.path}/pullrequests`
  const states = ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'].map((state) => `state=${state}`)
  const read = <S extends z.ZodType>(schema: S, json: unknown, path: string) =>
    shapeOf(schema, json, { host: given.host, path })
  const all = <S extends z.ZodType>(item: S, path: string) =>
    everyPage(`${path}?pagelen=100`, { host: given.host, path }, async (page) => {
      const { values, next } = read(pageOf(item), (await api.get(page)).json, path)
      return { items: values, next }
    })
  return {
    async page(next): Promise<PullPage> {
      const first = `${root}?${states.join('&')}&sort=created_on&pagelen=50`
      const page = read(pageOf(pullShape), (await api.get(next ?? first)).json, root)
      return { pulls: page.values.map(pullOf), ...(page.next ? { next: page.next } : {}) }
    },
    async details({ number }) {
      // The listing leaves the participants out.
      const { json } = await api.get(`${root}/${number}`)
      const pull = read(pullShape, json, `${root}/${number}`)
      const comments = await all(commentShape, `${root}/${number}/comments`)
      return { comments: comments.flatMap(commentOf), verdicts: verdictsOf(pull) }
    },
  }
}

const person = (of: z.output<typeof user>): SourcePerson => {
  const name = of?.display_name || of?.nickname || 'Former user'
  return { login: of?.nickname || of?.uuid || name, name }
}

function pullOf(pull: z.output<typeof pullShape>): SourcePull {
  const isOpen = pull.state === 'OPEN'
  const isMerged = pull.state === 'MERGED'
  const from = pull.source.repository?.full_name
  const isFork = from !== undefined && from !== pull.destination.repository?.full_name
  const base = pull.destination.commit?.hash
  return {
    number: pull.id,
    title: pull.title,
    description: pull.description ?? '',
    state: isMerged ? 'merged' : isOpen ? 'open' : 'declined',
    isDraft: pull.draft ?? false,
    author: person(pull.author),
    source: pull.source.branch.name,
    ...(isFork ? { fork: from.split('/')[0]! } : {}),
    target: pull.destination.branch.name,
    head: pull.source.commit?.hash ?? '',
    ...(base ? { base } : {}),
    ...(isMerged && pull.merge_commit ? { mergedAs: pull.merge_commit.hash } : {}),
    ...(pull.closed_by ? { closedBy: person(pull.closed_by) } : {}),
    ...(pull.reason ? { reason: pull.reason } : {}),
    url: pull.links?.html?.href ?? '',
    createdAt: momentMs(pull.created_on),
    updatedAt: momentMs(pull.updated_on),
    // There is no moment of closing; nothing but comments changes a closed one.
    ...(isOpen ? {} : { closedAt: momentMs(pull.updated_on) }),
  }
}

function commentOf(each: z.output<typeof commentShape>): SourceComment[] {
  if (each.deleted) return []
  const createdAt = momentMs(each.created_on)
  const editedAt = momentMs(each.updated_on)
  const place = each.inline ? placeOf(each.inline) : undefined
  return [
    {
      id: each.id,
      author: person(each.user),
      text: each.content?.raw ?? '',
      createdAt,
      ...(editedAt > createdAt ? { editedAt } : {}),
      ...(each.parent ? { replyTo: each.parent.id } : {}),
      ...(each.resolution ? { isResolved: true, resolvedBy: person(each.resolution.user) } : {}),
      ...(place ? { place } : each.inline ? { isPlaceLost: true } : {}),
    },
  ]
}

function placeOf(
  at: NonNullable<z.output<typeof commentShape>['inline']>,
): SourcePlace | undefined {
  const [on, number, start] =
    at.to == null
      ? (['old', at.from, at.start_from] as const)
      : (['new', at.to, at.start_to] as const)
  if (number == null) return undefined // a comment on the whole file
  return {
    path: at.path,
    line: number,
    side: on,
    ...(start != null && start < number ? { startLine: start } : {}),
  }
}

function verdictsOf(pull: z.output<typeof pullShape>): SourceVerdict[] {
  return (pull.participants ?? []).flatMap((each): SourceVerdict[] => {
    const verdict = each.approved
      ? 'approved'
      : each.state === 'changes_requested'
        ? 'changesRequested'
        : undefined
    if (!verdict) return []
    const atMs = momentMs(each.participated_on) || momentMs(pull.updated_on)
    return [{ author: person(each.user), verdict, atMs }]
  })
}
