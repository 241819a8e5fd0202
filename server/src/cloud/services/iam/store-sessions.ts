import { type Kernel, parseColumn } from '../../../kernel/index.ts'
import type { Principal } from '../../gateway/index.ts'
import type { IamTables } from './migrations.ts'

export interface StoredSession {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiresAt: number
  principal: Principal
}

/** Temporary credentials, sealed in the store and kept open in memory while they are in use. */
export interface SessionStore {
  put(session: StoredSession): Promise<void>
  get(accessKeyId: string): Promise<StoredSession | undefined> | StoredSession | undefined
  clear(): Promise<void>
}

const CACHED_SESSIONS = 10_000
const SWEEP_EVERY = 100
// Kept past their end, so that their holder hears ExpiredToken and not that nobody knows the key.
const KEPT_MS = 7 * 86_400_000
const PURPOSE = 'cloud-iam-session'

export function openSessionStore({ database, secrets, clock }: Kernel): SessionStore {
  const cache = new Map<string, StoredSession>()
  const tables = database.tables<IamTables>()
  let puts = 0
  const remember = (session: StoredSession) => {
    if (cache.size >= CACHED_SESSIONS) cache.delete(cache.keys().next().value!)
    cache.set(session.accessKeyId, session)
    return session
  }
  const read = async (accessKeyId: string) => {
    const row = await tables
      .selectFrom('cloud_iam_session')
      .select('sealed')
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    if (!row) return undefined
    return remember(parseColumn<StoredSession>(secrets.open(row.sealed, PURPOSE)))
  }
  return {
    async put(session) {
      const insert = tables.insertInto('cloud_iam_session').values({
        access_key_id: session.accessKeyId,
        expires_at: session.expiresAt,
        sealed: secrets.seal(JSON.stringify(session), PURPOSE),
      })
      // Long expired ones go with every hundredth new one: the table stays as large as what is in use.
      const sweep = tables
        .deleteFrom('cloud_iam_session')
        .where('expires_at', '<', clock.now() - KEPT_MS)
      await database.apply(
        puts++ % SWEEP_EVERY === 0 ? [sweep.compile(), insert.compile()] : [insert.compile()],
      )
      remember(session)
    },
    get: (accessKeyId) => cache.get(accessKeyId) ?? read(accessKeyId),
    async clear() {
      await database.apply([tables.deleteFrom('cloud_iam_session').compile()])
      cache.clear()
    },
  }
}
