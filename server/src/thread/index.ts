import {
  type SearchHit,
  type Thread as ThreadView,
  threadEndpoints as api,
  threadErrors,
} from '@madang/api'
import type { Identity } from '../identity/index.ts'
import { type Actor, type Kernel, refusals, route, type StoredEvent } from '../kernel/index.ts'
import { foldEvents } from './fold.ts'
import { movesThings } from './moved.ts'
import { search, type Question } from './search.ts'
import { sightOf } from './sight.ts'
import { threadMigrations, type ThreadTables } from './tables.ts'
import { nodeRow, Walk } from './walk.ts'

const refuse = refusals(threadErrors)
const PAGE = 200

/** The thread through everything, and the search over it: both folds over the facts of the house. */
export interface Thread {
  /** What led to a thing and what came of it, as far as the actor may see. Refuses `threadNotFound`. */
  of(actor: Actor, thing: { kind: string; id: string }): Promise<ThreadView>
  search(actor: Actor, question: Question): Promise<SearchHit[]>
  /** Empties both and folds every fact again; gives how many there were. */
  rebuild(): Promise<number>
}

export async function createThread(given: { kernel: Kernel; identity: Identity }): Promise<Thread> {
  const { kernel, identity } = given
  const { database, events, http } = kernel
  await database.migrate('thread', threadMigrations)
  let rebuilding: Promise<unknown> = Promise.resolve()

  const fold = async (facts: StoredEvent[]) => {
    const telling = facts.filter(
      (fact) => fact.nodes.length > 0 || fact.edges.length > 0 || movesThings(fact),
    )
    if (telling.length === 0) return
    await rebuilding
    await database.write((tx) => foldEvents(tx, telling))
  }
  events.listen({
    name: 'thread',
    types: ['*'],
    handle: (event) => fold([event]),
    handleTogether: fold,
  })

  const thread: Thread = {
    async of(actor, thing) {
      const [row, sight] = await Promise.all([nodeRow(database, thing), sightOf(identity, actor)])
      if (!row || !sight.sees(row.project)) throw refuse('threadNotFound', { ...thing })
      return new Walk(database, sight).from(row)
    },
    search: async (actor, question) => search(database, await sightOf(identity, actor), question),
    rebuild() {
      const done = rebuilding.then(() => refold(kernel))
      rebuilding = done.catch(() => undefined)
      return done
    },
  }
  http.add([
    route(api.threadGet, ({ actor, query }) => thread.of(actor, query)),
    route(api.search, async ({ actor, query }) => ({ items: await thread.search(actor, query) })),
    route(api.threadRebuild, async () => ({ events: await thread.rebuild() })),
  ])
  return thread
}

/** A fact that can't be folded is left out and told in the log: those after it are not kept from the page. */
async function refold({ database, events, log }: Kernel): Promise<number> {
  await database.write(async (tx) => {
    const db = tx.tables<ThreadTables>()
    await db.deleteFrom('thread_token').execute()
    await db.deleteFrom('thread_edge').execute()
    await db.deleteFrom('thread_node').execute()
  })
  let count = 0
  for (let afterSeq = 0; ;) {
    const page = await events.list({ afterSeq, limit: PAGE })
    if (page.length === 0) return count
    count += await foldPage(database, log, page)
    afterSeq = page.at(-1)!.seq
  }
}

/** Gives how many facts were folded: all together, or where that fails each by itself. */
async function foldPage(
  database: Kernel['database'],
  log: Kernel['log'],
  page: StoredEvent[],
): Promise<number> {
  const foldAll = (facts: StoredEvent[]) => database.write((tx) => foldEvents(tx, facts))
  try {
    await foldAll(page)
    return page.length
  } catch (error) {
    log.warn('thread.rebuild', { first: page[0]?.id, count: page.length, error })
  }
  let folded = 0
  for (const fact of page) {
    try {
      await foldAll([fact])
      folded++
    } catch (error) {
      log.error('thread.rebuild', { event: fact.id, type: fact.type, error })
    }
  }
  return folded
}
