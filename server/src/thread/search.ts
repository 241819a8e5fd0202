import type { SearchHit } from '@madang/api'
import { type ExpressionBuilder, sql, type SqlBool } from 'kysely'
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

/** Nodes that hold every token, the latest first: the rarest token is gone through, the others checked. */
async function candidates(database: Database, asked: Asked): Promise<NodeRow[]> {
  const [rarest, ...others] = await byRarity(database, asked.probes.slice(0, MOST_PROBES))
  const { question, sight } = asked
  let query = database
    .tables<ThreadTables>()
    .selectFrom('thread_node')
    .selectAll()
    .where((where) => inTokens(where, rarest!))
    .where((where) => visible(where, sight))
  for (const probe of others) query = query.where((where) => hasToken(where, probe))
  if (question.kind) query = query.where('kind', '=', question.kind)
  if (question.project) query = query.where('project', '=', question.project)
  return query.orderBy('seq', 'desc').limit(MOST_CANDIDATES).execute()
}

async function byRarity(database: Database, probes: Probe[]): Promise<Probe[]> {
  if (probes.length === 1) return probes
  const counted = await Promise.all(
    probes.map(async (probe) => {
      const some = database
        .tables<ThreadTables>()
        .selectFrom('thread_token')
        .select('node')
        .where((token) => holds(token, probe))
        .limit(COUNT_LIMIT)
        .as('some')
      const row = await database
        .tables<ThreadTables>()
        .selectFrom(some)
        .select((select) => select.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return { probe, count: row.count }
    }),
  )
  return counted.sort((a, b) => a.count - b.count).map(({ probe }) => probe)
}

type TokenWhere = ExpressionBuilder<ThreadTables, 'thread_token'>
type NodeWhere = ExpressionBuilder<ThreadTables, 'thread_node'>

/** All nodes of a token, or of a range of tokens, found once for the whole query. */
function inTokens(where: NodeWhere, probe: Probe) {
  const nodes = where
    .selectFrom('thread_token')
    .select('node')
    .where((token) => holds(token, probe))
  return where('number', 'in', nodes)
}

/** One look-up for each candidate; a range would have to be gone through each time. */
function hasToken(where: NodeWhere, probe: Probe) {
  if (probe.isPrefix) return inTokens(where, probe)
  return where.exists(
    where
      .selectFrom('thread_token')
      .select('token')
      .whereRef('node', '=', 'thread_node.number')
      .where('token', '=', probe.token),
  )
}

function holds(token: TokenWhere, probe: Probe) {
  if (!probe.isPrefix) return token('token', '=', probe.token)
  const end = `${probe.token}\u{10ffff}`
  return token.and([token('token', '>=', probe.token), token('token', '<', end)])
}

function visible(where: NodeWhere, sight: Sight) {
  const own = where('project', 'in', [...sight.projects, ''])
  const shown = sight.seesUnowned ? where.or([own, where('project', 'is', null)]) : own
  return where.and([shown, where('removed', '=', 0), sql<SqlBool>`title <> ''`])
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
