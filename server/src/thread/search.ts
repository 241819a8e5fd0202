import type { SearchHit } from '@madang/api'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../kernel/index.ts'
import type { NodeRow } from './fold.ts'
import { asItem } from './item.ts'
import type { Sight } from './sight.ts'
import type { ThreadTables } from './tables.ts'
import { foldText, idProbe, lastPart, type Probe, textProbes, titleProbes } from './tokens.ts'

const MOST_CANDIDATES = 200
const COUNT_LIMIT = 1000
const MOST_PROBES = 24
const EXCERPT_BEFORE = 30
const EXCERPT_LENGTH = 120

export interface Question {
  q: string
  kind?: string | undefined
  project?: string | undefined
  limit: number
}

const ranks = ['key', 'titleStart', 'title', 'text'] as const
type Match = (typeof ranks)[number]

/** Finds what every word of the question is in; the best match first, then the latest. */
export async function search(
  database: Database,
  sight: Sight,
  question: Question,
): Promise<SearchHit[]> {
  const folded = foldText(question.q).trim()
  const terms = folded.split(/\s+/).filter(Boolean)
  if (terms.length === 0) return []
  const found = new Map<number, { row: NodeRow; match: Match }>()
  // By key and title first; only when those leave room, the texts are gone through.
  for (const probes of [[idProbe(folded)], titleProbes(terms), textProbes(terms)]) {
    if (probes.length === 0) continue
    for (const row of await candidates(database, { sight, question, probes })) {
      const match = matchOf(row, folded, terms)
      if (match) found.set(row.number, { row, match })
    }
    if (found.size >= question.limit) break
  }
  return [...found.values()]
    .sort((a, b) => ranks.indexOf(a.match) - ranks.indexOf(b.match) || b.row.seq - a.row.seq)
    .slice(0, question.limit)
    .map(({ row, match }) => asHit(row, match, terms))
}

interface Asked {
  sight: Sight
  question: Question
  probes: Probe[]
}

/**
 * Nodes that hold every token, the latest known first. The rarest token is gone through from its newest
 * node on and the others are checked, so that a frequent word ends after a few hundred look-ups.
 */
async function candidates(database: Database, asked: Asked): Promise<NodeRow[]> {
  const [rarest, ...others] = await byRarity(database, asked.probes.slice(0, MOST_PROBES))
  const { question, sight } = asked
  const conditions = [visible(sight), ...others.map(hasToken)]
  if (question.kind) conditions.push(sql`n.kind = ${question.kind}`)
  if (question.project) conditions.push(sql`n.project = ${question.project}`)
  const found = await sql<NodeRow>`
    select n.* from (${nodesOf(rarest!)}) as f join thread_node as n on n.number = f.node
    where ${sql.join(conditions, sql` and `)}
    order by f.node desc limit ${MOST_CANDIDATES}`.execute(database.tables<ThreadTables>())
  return found.rows
}

async function byRarity(database: Database, probes: Probe[]): Promise<Probe[]> {
  if (probes.length === 1) return probes
  const counted = await Promise.all(
    probes.map(async (probe) => {
      const counting = sql<{ count: number }>`
        select count(*) as count from (${nodesOf(probe)} limit ${COUNT_LIMIT}) as found`
      const { rows } = await counting.execute(database.tables<ThreadTables>())
      return { probe, count: rows[0]!.count }
    }),
  )
  return counted.sort((a, b) => a.count - b.count).map(({ probe }) => probe)
}

function nodesOf(probe: Probe): RawBuilder<unknown> {
  if (!probe.isPrefix) return sql`select node from thread_token where token = ${probe.token}`
  const end = `${probe.token}\u{10ffff}`
  const range = sql`token >= ${probe.token} and token < ${end}`
  return sql`select distinct node from thread_token where ${range}`
}

/** One look-up for each candidate; a range is found once, for the whole query. */
function hasToken(probe: Probe): RawBuilder<unknown> {
  if (probe.isPrefix) return sql`n.number in (${nodesOf(probe)})`
  return sql`exists (select 1 from thread_token as t where t.token = ${probe.token} and t.node = n.number)`
}

function visible(sight: Sight): RawBuilder<unknown> {
  const own = sql`n.project in (${sql.join([...sight.projects, ''])})`
  const shown = sight.seesUnowned ? sql`(${own} or n.project is null)` : own
  return sql`${shown} and n.removed = 0 and n.title <> ''`
}

/** Pairs of characters only make it likely; here it is looked at. */
function matchOf(row: NodeRow, folded: string, terms: string[]): Match | undefined {
  const id = foldText(row.id)
  const last = lastPart(id)
  if (id === folded || last === folded) return 'key'
  const title = foldText(row.title)
  if (title.startsWith(folded)) return 'titleStart'
  if (terms.every((term) => title.includes(term))) return 'title'
  // The beginning of a key or of a commit's hash.
  if (id.startsWith(folded) || (folded.length >= 4 && last.startsWith(folded))) return 'title'
  const all = `${title} ${foldText(row.text)}`
  return terms.every((term) => all.includes(term)) ? 'text' : undefined
}

function asHit(row: NodeRow, match: Match, terms: string[]): SearchHit {
  const hit: SearchHit = { ...asItem(row), match }
  if (match === 'text') hit.excerpt = excerptOf(row.text, terms)
  return hit
}

function excerptOf(text: string, terms: string[]): string {
  const folded = foldText(text)
  const places = terms.map((term) => folded.indexOf(term)).filter((place) => place >= 0)
  const start = Math.max(0, Math.min(...places, text.length) - EXCERPT_BEFORE)
  const piece = text
    .slice(start, start + EXCERPT_LENGTH)
    .replace(/\s+/g, ' ')
    .trim()
  const end = start + EXCERPT_LENGTH < text.length ? '…' : ''
  return (start > 0 ? '…' : '') + piece + end
}
