import type { AccessToken } from '@madang/api'
import type { Actor, Kernel, Scope, Transaction } from '../kernel/index.ts'
import { refuse } from './accounts.ts'
import {
  asAccessToken,
  DAY_MS,
  hashOf,
  type PersonRow,
  TOKEN_PREFIX,
  type TokenRow,
} from './model.ts'
import { auditInsert } from './store-audit.ts'
import * as store from './store-credentials.ts'

export interface NewToken {
  owner: { kind: 'person' | 'run'; id: string }
  /** What lists show; for a run, the actor's name. */
  name: string
  scopes: readonly Scope[]
  /** Bound to this project; a run's token always is. */
  project?: string
  expiresAtMs: number
}

/** Personal access tokens, and the tokens of runs. Stored as hashes; the text is given once. */
export class Tokens {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  async issue(tx: Transaction, given: NewToken): Promise<{ token: string; id: string }> {
    const { token, row } = await this.#insert(tx, given)
    return { token, id: row.id }
  }

  async revoke(tx: Transaction, id: string): Promise<void> {
    await store.tokenDelete(tx, id)
  }

  async list(person: PersonRow): Promise<AccessToken[]> {
    const { database, clock } = this.#kernel
    return (await store.tokensOf(database, person.id, clock.now())).map(asAccessToken)
  }

  create(
    from: { actor: Actor; person: PersonRow; address: string },
    given: { name: string; scopes: Scope[]; project?: string | undefined; expiresInDays: number },
  ): Promise<{ token: string; entry: AccessToken }> {
    const tooWide = given.scopes.find((scope) => !isWithin(from.actor, scope))
    if (tooWide) throw refuse('scopeTooWide', { scope: tooWide })
    // A token that is bound to a project may not make one that is bound to none, or to another.
    const bound = from.actor.project
    if (bound !== undefined && bound !== given.project) throw refuse('personOnly')
    const { clock, database } = this.#kernel
    const { name, scopes, project } = given
    return database.write(async (tx) => {
      const { token, row } = await this.#insert(tx, {
        owner: { kind: 'person', id: from.person.id },
        name,
        scopes,
        ...(project === undefined ? {} : { project }),
        expiresAtMs: clock.now() + given.expiresInDays * DAY_MS,
      })
      const detail = { name, scopes, project }
      await this.#audit(tx, from, 'token.created', row.id, detail)
      return { token, entry: asAccessToken(row) }
    })
  }

  async revokeOwn(
    from: { actor: Actor; person: PersonRow; address: string },
    id: string,
  ): Promise<void> {
    await this.#kernel.database.write(async (tx) => {
      const row = await store.tokenDelete(tx, id, from.person.id)
      if (!row) throw refuse('tokenNotFound')
      await this.#audit(tx, from, 'token.revoked', id, { name: row.name })
    })
  }

  async #insert(tx: Transaction, given: NewToken): Promise<{ token: string; row: TokenRow }> {
    const { ids, clock } = this.#kernel
    const token = TOKEN_PREFIX + ids.secret()
    const row: TokenRow = {
      id: ids.next('tok'),
      hash: hashOf(token),
      owner_kind: given.owner.kind,
      owner: given.owner.id,
      name: given.name,
      scopes: JSON.stringify(given.scopes),
      project: given.project ?? null,
      created_at: clock.now(),
      used_at: null,
      expires_at: given.expiresAtMs,
    }
    await store.expiredDelete(tx, clock.now())
    await store.tokenInsert(tx, row)
    return { token, row }
  }

  async #audit(
    tx: Transaction,
    from: { actor: Actor; address: string },
    action: string,
    id: string,
    detail: object,
  ): Promise<void> {
    const { actor, address } = from
    const record = { actor, address, action, subject: `token:${id}`, detail }
    await auditInsert(tx, this.#kernel.clock.now(), record)
  }
}

function isWithin(actor: Actor, scope: Scope): boolean {
  return actor.scopes.includes(scope) || (scope === 'read' && actor.scopes.includes('write'))
}
