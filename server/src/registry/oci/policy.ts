import type { ImagePolicy } from '@madang/api'
import type { Kernel, Transaction } from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import { OciError } from './error.ts'
import { type RepoName, subjectOfTag } from './names.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'

const DAY_MS = 24 * 3_600_000

type PolicyRow = OciTables['registry_oci_policy']

/** What a project's images may take, how long they stay, and where else they come from. */
export async function policy(
  { database }: Pick<Kernel, 'database'>,
  project: string,
): Promise<ImagePolicy> {
  const row = await store.policyOf(database, project)
  return {
    quotaBytes: row?.quota_bytes ?? null,
    keepTags: row?.keep_tags ?? null,
    untaggedDays: row?.untagged_days ?? null,
    tagDays: row?.tag_days ?? null,
    keepPattern: row?.keep_pattern ?? null,
    fixedPattern: row?.fixed_pattern ?? null,
    proxyUrl: row?.proxy_url ?? null,
  }
}

export function policyRow(project: string, body: ImagePolicy): PolicyRow {
  if (body.proxyUrl !== null) checkProxy(body.proxyUrl)
  return {
    project,
    quota_bytes: body.quotaBytes,
    keep_tags: body.keepTags,
    untagged_days: body.untaggedDays,
    tag_days: body.tagDays,
    keep_pattern: body.keepPattern || null,
    fixed_pattern: body.fixedPattern || null,
    proxy_url: body.proxyUrl,
  }
}

function checkProxy(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain) throw refuse('imageProxy', { url: text })
}

export interface KnownTag {
  tag: string
  digest: string
  updated_at: number
}

export interface DoomedTag extends KnownTag {
  /** Which rule: more than are kept, or older. */
  reason: 'count' | 'age'
}

type Rules = Pick<PolicyRow, 'keep_tags' | 'tag_days' | 'keep_pattern'>

/** Of a repository's tags, the newest first, those that the rules take away. */
export function doomedTags(tags: readonly KnownTag[], rules: Rules, nowMs: number): DoomedTag[] {
  const before = rules.tag_days === null ? -Infinity : nowMs - rules.tag_days * DAY_MS
  // Those that always stay don't use up the places of the others; what is attached goes with its image.
  const open = tags.filter(
    ({ tag }) => !fits(rules.keep_pattern, tag) && subjectOfTag(tag) === undefined,
  )
  return open.flatMap((tag, at): DoomedTag[] => {
    if (rules.keep_tags !== null && at >= rules.keep_tags) return [{ ...tag, reason: 'count' }]
    return tag.updated_at < before ? [{ ...tag, reason: 'age' }] : []
  })
}

/** Throws DENIED where the project's rules fix the tag to another image than this; null: to any. */
export async function checkFixed(
  tx: Transaction,
  repo: RepoName,
  tag: string,
  digest: string | null,
): Promise<void> {
  const rules = await store.policyOf(tx, repo.project)
  if (!rules || !fits(rules.fixed_pattern, tag)) return
  const earlier = await store.tagByName(tx, repo.name, tag)
  if (!earlier || earlier.digest === digest) return
  const { message } = refuse('imageTagFixed', { project: repo.project, tag })
  throw new OciError('DENIED', message, { detail: { tag, digest: earlier.digest } })
}

/** Whether a tag fits one of the patterns: `*` any characters, `?` one. */
export function fits(patterns: string | null, tag: string): boolean {
  return (patterns ?? '')
    .split(/\s+/)
    .some((pattern) => pattern !== '' && formOf(pattern).test(tag))
}

function formOf(pattern: string): RegExp {
  const form = pattern.replace(/[\s\S]/g, (it) =>
    it === '*' ? '.*' : it === '?' ? '.' : it.replace(/[^\w]/, '\\$&'),
  )
  return new RegExp(`^${form}$`)
}
