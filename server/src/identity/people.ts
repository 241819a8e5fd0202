import type { Page, Person } from '@madang/api'
import type { Actor, Kernel, Transaction } from '../kernel/index.ts'
import { type Accounts, refuse, unlessTaken } from './accounts.ts'
import { asPerson, type PersonRow } from './model.ts'
import { auditInsert } from './store-audit.ts'
import { sessionDelete } from './store-credentials.ts'
import * as store from './store-people.ts'

export interface Invitation {
  person: Person
  url: string
  expiresAt: string
}

/** Where a change comes from: who, from which address, and the origin its links begin with. */
export interface Request {
  actor: Actor
  address: string
  origin: string
}

/** What an administrator does about people. */
export class People {
  readonly #kernel: Kernel
  readonly #accounts: Accounts

  constructor(kernel: Kernel, accounts: Accounts) {
    this.#kernel = kernel
    this.#accounts = accounts
  }

  async list(filter: {
    text?: string | undefined
    cursor?: string | undefined
    limit: number
  }): Promise<Page<Person>> {
    const { text, cursor, limit } = filter
    const found = { text, after: cursor, limit: limit + 1 }
    const rows = await store.peopleList(this.#kernel.database, found)
    const items = rows.slice(0, limit).map(asPerson)
    return rows.length > limit ? { items, nextCursor: items.at(-1)!.name } : { items }
  }

  create(
    from: Request,
    given: { name: string; displayName: string; isAdministrator: boolean },
  ): Promise<Invitation> {
    const row = this.#accounts.newPerson({ ...given, password: null, language: 'en' })
    return this.#kernel.database.write(async (tx) => {
      await unlessTaken(
        () => store.personInsert(tx, row),
        () => refuse('nameTaken', { name: given.name }),
      )
      const { isAdministrator } = given
      await this.#audit(tx, from, 'person.created', row, { isAdministrator })
      return this.#invitation(tx, from, row)
    })
  }

  invite(from: Request, name: string): Promise<Invitation> {
    return this.#kernel.database.write(async (tx) => {
      const row = await this.#named(tx, name)
      await this.#audit(tx, from, 'person.invited', row, {})
      return this.#invitation(tx, from, row)
    })
  }

  update(
    from: Request,
    name: string,
    change: {
      displayName?: string | undefined
      isDisabled?: boolean | undefined
      isAdministrator?: boolean | undefined
    },
  ): Promise<Person> {
    return this.#kernel.database.write(async (tx) => {
      const row = await this.#named(tx, name)
      const next: PersonRow = {
        ...row,
        display_name: change.displayName ?? row.display_name,
        is_disabled: asNumber(change.isDisabled) ?? row.is_disabled,
        is_administrator: asNumber(change.isAdministrator) ?? row.is_administrator,
      }
      await this.#keepAnAdministrator(tx, row, next)
      const { display_name, is_disabled, is_administrator } = next
      await store.personSet(tx, row.id, { display_name, is_disabled, is_administrator })
      if (is_disabled === 1) await sessionDelete(tx, row.id, { keepHash: undefined })
      await this.#audit(tx, from, 'person.changed', row, change)
      return asPerson(next)
    })
  }

  async #keepAnAdministrator(tx: Transaction, row: PersonRow, next: PersonRow): Promise<void> {
    const stays = next.is_administrator === 1 && next.is_disabled === 0
    if (row.is_administrator === 0 || stays) return
    if (!(await store.hasOtherAdministrator(tx, row.id))) throw refuse('lastAdministrator')
  }

  async #invitation(tx: Transaction, from: Request, row: PersonRow): Promise<Invitation> {
    const { code, expiresAt } = await this.#accounts.invite(tx, row)
    return { person: asPerson(row), url: `${from.origin}/welcome?code=${code}`, expiresAt }
  }

  async #named(tx: Transaction, name: string): Promise<PersonRow> {
    const row = await store.personByName(tx, name)
    if (!row) throw refuse('personNotFound', { name })
    return row
  }

  async #audit(
    tx: Transaction,
    from: Request,
    action: string,
    row: PersonRow,
    detail: object,
  ): Promise<void> {
    const { actor, address } = from
    const subject = `person:${row.name}`
    await auditInsert(tx, this.#kernel.clock.now(), { actor, address, action, subject, detail })
  }
}

function asNumber(value: boolean | undefined): 0 | 1 | undefined {
  if (value === undefined) return undefined
  return value ? 1 : 0
}
