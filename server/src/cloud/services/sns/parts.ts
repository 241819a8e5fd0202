import type { Locks } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { invalid } from './model.ts'
import type { Settings } from './settings.ts'
import type { MessageSigner } from './signing.ts'
import type { Archive } from './store-archive.ts'
import type { Deduplication } from './store-deduplication.ts'
import type { SnsStore } from './store.ts'

/** What operations are made of. */
export interface SnsParts {
  deps: ServiceDeps
  store: SnsStore
  settings: Settings
  signer: MessageSigner
  deduplication: Deduplication
  archive: Archive
  /** Of FIFO topics, by their ARN: they deliver one message after the other. */
  turns: Locks
}

const PAGE = 100

/** SNS's lists have 100 on a page; the token says after which one to go on. */
export function paged<T>(all: T[], token: string | undefined): { page: T[]; NextToken?: string } {
  const from = token ? placeIn(token) : 0
  const page = all.slice(from, from + PAGE)
  if (from + PAGE >= all.length) return { page }
  return { page, NextToken: Buffer.from(String(from + PAGE)).toString('base64url') }
}

function placeIn(token: string): number {
  const place = Buffer.from(token, 'base64url').toString()
  if (/^\d{1,9}$/.test(place)) return Number(place)
  throw invalid('NextToken')
}
