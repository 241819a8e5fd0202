import { identityErrors, type Me } from '@madang/api'
import { type Actor, isUniqueViolation, refusals, type Transaction } from '../kernel/index.ts'
import type { CheckPassword, GatekeeperParts } from './gatekeeper.ts'
import {
  asPerson,
  csrfOf,
  DAY_MS,
  hashOf,
  INVITATION_DAYS,
  isoOf,
  personActor,
  personIdOf,
  type PersonRow,
  SESSION_DAYS,
} from './model.ts'
import { auditInsert } from './store-audit.ts'
import * as credentials from './store-credentials.ts'
import * as people from './store-people.ts'

export const refuse = refusals(identityErrors)

/** Where a request comes from: for the session list and the audit log. */
export interface Caller {
  address: string
  client: string
}

export interface SignedIn {
  me: Me
  /** The cookie's value. */
  secret: string
}

interface NewPerson {
  name: string
  displayName: string
  password: string
  language: 'ko' | 'en'
}

/** Signing up, in and out, and what belongs to a person's own account. */
export class Accounts {
  readonly #parts: GatekeeperParts
  readonly #check: CheckPassword

  constructor(parts: GatekeeperParts, check: CheckPassword) {
    this.#parts = parts
    this.#check = check
  }

  /** The first administrator's link; the same one until it is used, also after a restart. */
  async welcomeLink(origin: string): Promise<string | undefined> {
    const { database, secrets, ids } = this.#parts.kernel
    const code = await database.write(async (tx) => {
      if (await people.hasPeople(tx)) return undefined
      const stored = await credentials.setupCode(tx)
      if (stored?.sealed) return secrets.open(stored.sealed, 'identity.setup')
      const text = ids.secret()
      await credentials.codeInsert(tx, {
        hash: hashOf(text),
        kind: 'setup',
        person: null,
        sealed: secrets.seal(text, 'identity.setup'),
        expires_at: Number.MAX_SAFE_INTEGER,
      })
      return text
    })
    return code === undefined ? undefined : `${origin}/welcome?code=${code}`
  }

  async codeCheck(code: string): Promise<{ row: credentials.CodeRow; person?: PersonRow }> {
    const { database, clock } = this.#parts.kernel
    const row = await credentials.codeByText(database, code)
    if (!row || row.expires_at <= clock.now()) throw refuse('codeNotValid')
    const person = row.person ? await people.personById(database, row.person) : undefined
    return person ? { row, person } : { row }
  }

  async setup(code: string, given: NewPerson, caller: Caller): Promise<SignedIn> {
    const { kernel, passwords } = this.#parts
    if ((await this.codeCheck(code)).row.kind !== 'setup') throw refuse('codeNotValid')
    const password = await passwords.hash(given.password)
    return kernel.database.write(async (tx) => {
      const taken = await credentials.codeTake(tx, code)
      if (!taken || (await people.hasPeople(tx))) throw refuse('codeNotValid')
      const row = this.newPerson({ ...given, password, isAdministrator: true })
      await people.personInsert(tx, row)
      await this.#audit(tx, row, 'person.setUp', caller)
      return this.#openSession(tx, row, caller)
    })
  }

  async invitationAccept(
    code: string,
    given: { displayName?: string | undefined; password: string; language: 'ko' | 'en' },
    caller: Caller,
  ): Promise<SignedIn> {
    const { kernel, passwords } = this.#parts
    if ((await this.codeCheck(code)).row.kind !== 'invitation') throw refuse('codeNotValid')
    const password = await passwords.hash(given.password)
    return kernel.database.write(async (tx) => {
      const taken = await credentials.codeTake(tx, code)
      const person = taken?.person ? await people.personById(tx, taken.person) : undefined
      if (!person) throw refuse('codeNotValid')
      if (person.is_disabled === 1) throw refuse('signInDisabled')
      const display_name = given.displayName ?? person.display_name
      const row = { ...person, password, display_name, language: given.language }
      await people.personSet(tx, row.id, { password, display_name, language: given.language })
      await credentials.sessionDelete(tx, row.id, { keepHash: undefined })
      await this.#audit(tx, row, 'person.invitationAccepted', caller)
      return this.#openSession(tx, row, caller)
    })
  }

  async signIn(name: string, password: string, caller: Caller): Promise<SignedIn> {
    const row = await this.#check(name, password, caller.address)
    if (row.is_disabled === 1) throw refuse('signInDisabled')
    return this.#parts.kernel.database.write(async (tx) => {
      await credentials.expiredDelete(tx, this.#parts.kernel.clock.now())
      await this.#audit(tx, row, 'person.signedIn', caller)
      return this.#openSession(tx, row, caller)
    })
  }

  async passwordChange(
    row: PersonRow,
    given: { current: string; next: string; keep: string | undefined },
    caller: Caller,
  ): Promise<void> {
    const { kernel, passwords, limit } = this.#parts
    const succeeded = limit.take(row.name, caller.address)
    const isRight = row.password !== null && (await passwords.verify(row.password, given.current))
    if (!isRight) throw refuse('passwordWrong')
    succeeded()
    const password = await passwords.hash(given.next)
    await kernel.database.write(async (tx) => {
      await people.personSet(tx, row.id, { password })
      const keepHash = given.keep === undefined ? undefined : hashOf(given.keep)
      await credentials.sessionDelete(tx, row.id, { keepHash })
      await this.#audit(tx, row, 'person.passwordChanged', caller)
    })
  }

  /** A row of somebody new; throws `nameTaken` only at the insert. */
  newPerson(given: {
    name: string
    displayName: string
    password: string | null
    language: 'ko' | 'en'
    isAdministrator: boolean
  }): PersonRow {
    const { ids, clock } = this.#parts.kernel
    return {
      id: ids.next('per'),
      name: given.name,
      display_name: given.displayName,
      password: given.password,
      language: given.language,
      is_administrator: given.isAdministrator ? 1 : 0,
      is_disabled: 0,
      created_at: clock.now(),
    }
  }

  /** A one-time link for somebody; an earlier one of theirs stops working. */
  async invite(tx: Transaction, person: PersonRow): Promise<{ code: string; expiresAt: string }> {
    const { ids, clock } = this.#parts.kernel
    const code = ids.secret()
    const expires_at = clock.now() + INVITATION_DAYS * DAY_MS
    await credentials.codesDelete(tx, { person: person.id })
    await credentials.codeInsert(tx, {
      hash: hashOf(code),
      kind: 'invitation',
      person: person.id,
      sealed: null,
      expires_at,
    })
    return { code, expiresAt: isoOf(expires_at) }
  }

  async personOf(actor: Actor): Promise<PersonRow> {
    const id = personIdOf(actor)
    const row = id ? await people.personById(this.#parts.kernel.database, id) : undefined
    if (!row) throw refuse('personOnly')
    return row
  }

  async #openSession(tx: Transaction, row: PersonRow, caller: Caller): Promise<SignedIn> {
    const { ids, clock } = this.#parts.kernel
    const secret = ids.secret()
    const now = clock.now()
    await credentials.sessionInsert(tx, {
      id: ids.next('ses'),
      hash: hashOf(secret),
      person: row.id,
      address: caller.address,
      client: caller.client.slice(0, 300),
      created_at: now,
      used_at: now,
      expires_at: now + SESSION_DAYS * DAY_MS,
    })
    return { me: asMe(personActor(row, { csrf: csrfOf(secret) }), row), secret }
  }

  async #audit(tx: Transaction, row: PersonRow, action: string, caller: Caller): Promise<void> {
    await auditInsert(tx, this.#parts.kernel.clock.now(), {
      actor: personActor(row),
      action,
      subject: `person:${row.name}`,
      address: caller.address,
    })
  }
}

export function asMe(actor: Actor, row: PersonRow | undefined): Me {
  return {
    person: row && asPerson(row),
    actor: actor.id,
    name: actor.name,
    isAdministrator: actor.isAdministrator,
    scopes: [...actor.scopes],
    csrf: actor.csrf,
  }
}

/** Runs an insert; a name or key that is there already becomes the refusal. */
export async function unlessTaken<R>(insert: () => Promise<R>, taken: () => Error): Promise<R> {
  try {
    return await insert()
  } catch (error) {
    if (isUniqueViolation(error)) throw taken()
    throw error
  }
}
