import type { RunRow } from '../tables.ts'
import { buildUrl } from './build-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import type { Reply } from './exchange.ts'
import { escapeXml } from './formats.ts'
import {
  type Container,
  fullDisplayNameOf,
  isJob,
  type Item,
  type JobItem,
  urlOf,
} from './model.ts'
import { buildsOf } from './store-builds.ts'

/** Which builds a feed tells of, and what it is called. */
export const FEEDS = {
  rssAll: 'all builds',
  rssFailed: 'failed builds',
  rssLatest: 'last builds only',
} as const

export type FeedName = keyof typeof FEEDS

const MOST_ENTRIES = 100
const JOBS_AT_ONCE = 1000

interface Entry {
  item: JobItem
  run: RunRow
}

/** An Atom feed of the builds of a job, or of all jobs in a folder, the newest first. */
export async function feedOf(shower: Shower, item: Item, feed: FeedName): Promise<Reply> {
  const entries: Entry[] = []
  for (const job of await jobsIn(shower, item)) {
    const runs = await buildsOf(
      tablesOf(shower),
      job.job.id,
      feed === 'rssLatest' ? 1 : MOST_ENTRIES,
    )
    entries.push(...runs.map((run) => ({ item: job, run })))
  }
  const shown = entries
    .filter(({ run }) => feed !== 'rssFailed' || run.result === 'FAILURE')
    .toSorted((a, b) => b.run.queued_at - a.run.queued_at)
    .slice(0, MOST_ENTRIES)
  const name = item.kind === 'root' ? 'Jenkins:All' : fullDisplayNameOf(item)
  return {
    status: 200,
    headers: { 'content-type': 'application/atom+xml;charset=UTF-8' },
    body: atom(shower, { title: `${name} (${FEEDS[feed]})`, item, entries: shown }),
  }
}

async function jobsIn({ items }: Shower, item: Item): Promise<JobItem[]> {
  if (isJob(item)) return [item]
  const found: JobItem[] = []
  const left: Container[] = [item]
  for (let at = left.pop(); at && found.length < JOBS_AT_ONCE; at = left.pop()) {
    for (const child of await items.children(at)) {
      if (isJob(child)) found.push(child)
      else left.push(child)
    }
  }
  return found
}

const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

function atom(
  shower: Shower,
  { title, item, entries }: { title: string; item: Item; entries: Entry[] },
): string {
  const updated = time(entries[0]?.run.queued_at ?? 0)
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">' +
    `<title>${escapeXml(title)}</title>${link(shower.base + urlOf(item))}` +
    `<updated>${updated}</updated><author><name>Jenkins Server</name></author>` +
    `<id>urn:uuid:903deee0-7bfa-11db-9fe1-0800200c9a66</id>` +
    `${entries.map((entry) => entryXml(shower, entry)).join('')}</feed>`
  )
}

const link = (href: string) => `<link rel="alternate" type="text/html" href="${escapeXml(href)}"/>`

function entryXml(shower: Shower, { item, run }: Entry): string {
  const name = fullDisplayNameOf(item)
  const at = time(run.queued_at)
  const year = at.slice(0, 4)
  return (
    `<entry><title>${escapeXml(`${name} #${run.number} (${summary(run)})`)}</title>` +
    `${link(buildUrl(shower, item, run.number))}` +
    `<id>tag:hudson.dev.java.net,${year}:${escapeXml(`${urlOf(item)}${run.number}`)}</id>` +
    `<published>${at}</published><updated>${at}</updated></entry>`
  )
}

const SUMMARIES: Record<string, string> = {
  SUCCESS: 'stable',
  UNSTABLE: 'unstable',
  FAILURE: 'broken',
  ABORTED: 'aborted',
  NOT_BUILT: 'not built',
}

const summary = ({ result }: RunRow) => (result ? SUMMARIES[result] : '?')
