import { type RawBuilder, sql } from 'kysely'
import type { StoredEvent, Transaction } from '../kernel/index.ts'
import type { ThreadTables } from './tables.ts'
import { foldText } from './tokens.ts'

/** Kinds whose ids begin with the repository, and what follows it there. */
const ofRepo = { commit: '@', branch: ':', pullRequest: '#' } as const

/** A repository went to another project, and what the thread knows of it goes along. */
export const movesThings = ({ type }: StoredEvent): boolean => type === 'code.repoMoved'

export async function moveThings(tx: Transaction, { data }: StoredEvent): Promise<void> {
  const { repo, before, after } = data as { repo: string; before: string; after: string }
  for (const [kind, mark] of Object.entries(ofRepo)) {
    const [from, to] = [`${before}/${repo}${mark}`, `${after}/${repo}${mark}`]
    await dropTold(tx, { kind, from, to })
    await edgesMoved(tx, `${kind} ${from}`, `${kind} ${to}`)
    const db = tx.tables<ThreadTables>()
    const own = db.selectFrom('thread_node').select('number').where('kind', '=', kind)
    await db
      .updateTable('thread_token')
      .set({ token: swapped('token', `#${foldText(from)}`, `#${foldText(to)}`) })
      .where(begins('token', `#${foldText(from)}`))
      .where('node', 'in', own)
      .execute()
    await db
      .updateTable('thread_node')
      .set({
        id: swapped('id', from, to),
        ref: swapped('ref', `${kind} ${from}`, `${kind} ${to}`),
        project: after,
        url: sql<string>`replace(url, ${`/p/${before}/`}, ${`/p/${after}/`})`,
      })
      .where('kind', '=', kind)
      .where(begins('id', from))
      .execute()
  }
  await runsMoved(tx, { repo, before, after })
}

/** Told under the new id already, by a fact that overtook this one: that node stays, the old one goes. */
async function dropTold(
  tx: Transaction,
  { kind, from, to }: { kind: string; from: string; to: string },
): Promise<void> {
  const db = tx.tables<ThreadTables>()
  const twice = await db
    .selectFrom('thread_node as old')
    .innerJoin('thread_node as now', (join) =>
      join.on('now.ref', '=', swapped('old.ref', `${kind} ${from}`, `${kind} ${to}`)),
    )
    .select('old.number')
    .where('old.kind', '=', kind)
    .where(begins('old.id', from))
    .execute()
  for (const { number } of twice) {
    await db.deleteFrom('thread_token').where('node', '=', number).execute()
    await db.deleteFrom('thread_node').where('number', '=', number).execute()
  }
}

async function edgesMoved(tx: Transaction, from: string, to: string): Promise<void> {
  const db = tx.tables<ThreadTables>()
  for (const end of ['from_ref', 'to_ref'] as const) {
    const old = await db.selectFrom('thread_edge').selectAll().where(begins(end, from)).execute()
    await db.deleteFrom('thread_edge').where(begins(end, from)).execute()
    for (const edge of old) {
      await db
        .insertInto('thread_edge')
        .values({ ...edge, [end]: to + edge[end].slice(from.length) })
        .onConflict((conflict) => conflict.columns(['from_ref', 'to_ref']).doNothing())
        .execute()
    }
  }
}

/** Runs are known by ids of their own; they, their tests and what they archived change the project. */
async function runsMoved(
  tx: Transaction,
  { repo, before, after }: { repo: string; before: string; after: string },
): Promise<void> {
  const db = tx.tables<ThreadTables>()
  const page = (project: string) => `/p/${project}/pipelines/${encodeURIComponent(`${repo}/`)}`
  const runs = db.selectFrom('thread_node').select('ref').where('kind', '=', 'run')
  const own = runs.where('project', '=', before).where(begins('url', page(before)))
  const made = db.selectFrom('thread_edge').select('to_ref').where('from_ref', 'in', own)
  await db
    .updateTable('thread_node')
    .set({
      project: after,
      url: sql<string>`replace(url, ${`/p/${before}/`}, ${`/p/${after}/`})`,
    })
    .where('kind', '=', 'artifact')
    .where(begins('title', `${repo} `))
    .where('project', '=', before)
    .where('ref', 'in', made)
    .execute()
  await db
    .updateTable('thread_node')
    .set({ project: after, url: swapped('url', page(before), page(after)) })
    .where('kind', 'in', ['run', 'tests'])
    .where('project', '=', before)
    .where(begins('url', page(before)))
    .execute()
}

/** Compared as it is: ids hold the signs that `like` gives a meaning. */
const begins = (column: string, start: string): RawBuilder<boolean> =>
  sql<boolean>`substr(${sql.ref(column)}, 1, ${sql.lit(start.length)}) = ${start}`

const swapped = (column: string, from: string, to: string): RawBuilder<string> =>
  sql<string>`${to} || substr(${sql.ref(column)}, ${sql.lit(from.length + 1)})`
