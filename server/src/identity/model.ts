import { createHash } from 'node:crypto'
import type { AccessToken, Person, Role } from '@madang/api'
import type { Selectable } from 'kysely'
import { type Actor, parseColumn, type Scope } from '../kernel/index.ts'
import type { IdentityTables } from './tables.ts'

export type PersonRow = Selectable<IdentityTables['identity_person']>
export type TokenRow = Selectable<IdentityTables['identity_token']>
export type SessionRow = Selectable<IdentityTables['identity_session']>

export const TOKEN_PREFIX = 'mdg_'
export const SESSION_COOKIE = 'madang_session'
export const SESSION_DAYS = 30
export const INVITATION_DAYS = 14
export const DAY_MS = 86_400_000

const everything: readonly Scope[] = ['read', 'write', 'administer']

/** Secrets are looked up by this; they hold 256 random bits, so a plain hash keeps them. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Only a page that can read `GET /api/me` knows it; made from the cookie, so it needs no storage. */
export function csrfOf(sessionSecret: string): string {
  return hashOf(`csrf ${sessionSecret}`)
}

export function asPerson(row: PersonRow): Person {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    isAdministrator: row.is_administrator === 1,
    isDisabled: row.is_disabled === 1,
    isInvited: row.password === null,
    language: row.language,
    createdAt: isoOf(row.created_at),
  }
}

export function asAccessToken(row: TokenRow): AccessToken {
  return {
    id: row.id,
    name: row.name,
    scopes: parseColumn<Scope[]>(row.scopes),
    project: row.project ?? undefined,
    createdAt: isoOf(row.created_at),
    expiresAt: isoOf(row.expires_at),
    lastUsedAt: row.used_at === null ? undefined : isoOf(row.used_at),
  }
}

/** A person with all that they may do; `limits` is what the credential leaves of it. */
export function personActor(
  person: PersonRow,
  limits: { scopes?: readonly Scope[]; project?: string; csrf?: string } = {},
): Actor {
  const actor: Actor = {
    kind: 'person',
    id: `person:${person.id}`,
    name: person.display_name,
    signInName: person.name,
    // A token bound to a project must not reach past it by its owner's being administrator.
    isAdministrator: person.is_administrator === 1 && limits.project === undefined,
    scopes: limits.scopes ?? everything,
  }
  if (limits.project !== undefined) actor.project = limits.project
  if (limits.csrf !== undefined) actor.csrf = limits.csrf
  return actor
}

export function runActor(token: TokenRow): Actor {
  const actor: Actor = {
    kind: 'run',
    id: `run:${token.owner}`,
    name: token.name,
    isAdministrator: false,
    scopes: parseColumn<Scope[]>(token.scopes),
  }
  if (token.project !== null) actor.project = token.project
  return actor
}

/** A run does what a developer does, in its own project and nowhere else. */
export const RUN_ROLE: Role = 'developer'

export function personIdOf(actor: Actor): string | undefined {
  return actor.kind === 'person' ? actor.id.slice('person:'.length) : undefined
}

export function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
