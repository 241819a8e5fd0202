import type { ImagePolicy } from '@madang/api'
import type { Actor, Kernel } from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'

type PolicyRow = OciTables['registry_oci_policy']

/** What a project's images may take, how long they stay, and where else they come from. */
export async function policy({ database }: Pick<Kernel, 'database'>, project: string): Promise<ImagePolicy> {
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

export function policyRow(project: string, body: ImagePolicy, actor: Actor): PolicyRow {
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
    proxy_inside: actor.isAdministrator ? 1 : 0,
  }
}

function checkProxy(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain) throw refuse('imageProxy', { url: text })
}

/** Whether a tag fits one of the patterns: `*` any characters, `?` one. */
export function fits(patterns: string | null, tag: string): boolean {
  return (patterns ?? '').split(/\s+/).some((pattern) => pattern !== '' && formOf(pattern).test(tag))
}

function formOf(pattern: string): RegExp {
  const form = pattern.replace(/[\s\S]/g, (it) =>
    it === '*' ? '.*' : it === '?' ? '.' : it.replace(/[^\w]/, '\\$&'),
  )
  return new RegExp(`^${form}$`)
}
