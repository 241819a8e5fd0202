import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Role, roles } from '@madang/api'
import { type Actor, type Gatekeeper, type Kernel, parseColumn, refuse } from '../kernel/index.ts'
import type { Scope } from '../kernel/index.ts'
import {
  csrfOf,
  personActor,
  personIdOf,
  type PersonRow,
  RUN_ROLE,
  runActor,
  SESSION_COOKIE,
  TOKEN_PREFIX,
} from './model.ts'
import type { Passwords } from './passwords.ts'
import type { SignInLimit } from './sign-in-limit.ts'
import { sessionBySecret, tokenBySecret } from './store-credentials.ts'
import { personById, personByName } from './store-people.ts'
import { projectByKey, roleOf } from './store-projects.ts'
import type { UseMarks } from './use-marks.ts'

export interface GatekeeperParts {
  kernel: Kernel
  passwords: Passwords
  limit: SignInLimit
  marks: UseMarks
  /** Who was given more in one repository than in its project; `code` tells. */
  repoRoles: RepoRoles
}

/** What somebody was given in one repository, whatever they are in its project. */
export type RepoRole = (person: string, project: string, repo: string) => Promise<Role | undefined>

export interface RepoRoles {
  find: RepoRole
  /** The project a repository is in now that an address names in one. */
  projectOf(project: string, repo: string): Promise<string>
}

/** Finds the person of a name and password; throws `badCredentials`, or `tooMany` after too many tries. */
export type CheckPassword = (name: string, password: string, address: string) => Promise<PersonRow>

export function passwordCheck(parts: GatekeeperParts): CheckPassword {
  const { kernel, passwords, limit } = parts
  return async (name, password, address) => {
    const succeeded = limit.take(name.toLowerCase(), address)
    const row = await personByName(kernel.database, name)
    if (row?.password == null) {
      await passwords.pretend(password)
      throw refuse('badCredentials')
    }
    if (!(await passwords.verify(row.password, password))) throw refuse('badCredentials')
    succeeded()
    return row
  }
}

export function createGatekeeper(parts: GatekeeperParts, check: CheckPassword): Gatekeeper {
  const byPassword = remembering(check)
  return {
    async identify(request, info) {
      const given = credentialsIn(request)
      if (!given) return undefined
      if (given.kind === 'cookie') return bySession(parts, given.secret)
      if (given.kind === 'bearer') return byToken(parts, given.secret)
      if (given.password.startsWith(TOKEN_PREFIX)) return byToken(parts, given.password)
      const row = await byPassword(parts, given, info.ip)
      if (row.is_disabled === 1) throw refuse('badCredentials')
      return personActor(row)
    },
    projectOf: (project, repo) => parts.repoRoles.projectOf(project, repo),
    async roleIn(actor: Actor, project: string, repo?: string): Promise<Role | undefined> {
      if (actor.project !== undefined && actor.project !== project) return undefined
      const role = await roleInProject(parts.kernel, actor, project)
      const person = personIdOf(actor)
      if (repo === undefined || person === undefined || role === 'maintainer') return role
      return higher(role, await parts.repoRoles.find(person, project, repo))
    },
  }
}

const higher = (one: Role | undefined, other: Role | undefined): Role | undefined =>
  roles.findLast((role) => role === one || role === other)

async function roleInProject(
  { database }: Kernel,
  actor: Actor,
  project: string,
): Promise<Role | undefined> {
  if (actor.kind === 'system') return 'maintainer'
  if (actor.isAdministrator) {
    return (await projectByKey(database, project)) ? 'maintainer' : undefined
  }
  if (actor.kind === 'run') return actor.project === project ? RUN_ROLE : undefined
  const id = personIdOf(actor)!
  // An administrator's token bound to a project is not `isAdministrator`, yet keeps the role there.
  const role = await roleOf(database, id, project)
  if (role !== undefined || actor.project === undefined) return role
  return (await personById(database, id))?.is_administrator === 1 ? 'maintainer' : undefined
}

async function bySession(parts: GatekeeperParts, secret: string): Promise<Actor | undefined> {
  const { database, clock } = parts.kernel
  const row = await sessionBySecret(database, secret)
  // A cookie that has ended is no credential at all: the sign-in page must still open.
  if (!row || row.expires_at <= clock.now()) return undefined
  const person = await personById(database, row.person)
  if (!person || person.is_disabled === 1) return undefined
  parts.marks.mark('identity_session', row.id, row.used_at)
  return personActor(person, { csrf: csrfOf(secret) })
}

async function byToken(parts: GatekeeperParts, secret: string): Promise<Actor> {
  const { database, clock } = parts.kernel
  const row = await tokenBySecret(database, secret)
  if (!row || row.expires_at <= clock.now()) throw refuse('badCredentials')
  if (row.owner_kind === 'run') return runActor(row)
  const person = await personById(database, row.owner)
  if (!person || person.is_disabled === 1) throw refuse('badCredentials')
  parts.marks.mark('identity_token', row.id, row.used_at ?? 0)
  const scopes = parseColumn<Scope[]>(row.scopes)
  return personActor(person, row.project === null ? { scopes } : { scopes, project: row.project })
}

type Given =
  | { kind: 'cookie'; secret: string }
  | { kind: 'bearer'; secret: string }
  | { kind: 'basic'; name: string; password: string }

/** What the request brings: `Authorization` first, as a client that sends it means it. */
function credentialsIn(request: IncomingMessage): Given | undefined {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ')
  if (/^bearer$/i.test(scheme)) return { kind: 'bearer', secret: value }
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(value, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 0) throw refuse('badCredentials')
    return { kind: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) }
  }
  const secret = cookieSecret(request)
  return secret === undefined ? undefined : { kind: 'cookie', secret }
}

export function cookieSecret(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const pattern = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w-]+)`)
  return pattern.exec(request.headers.cookie ?? '')?.[1]
}

const REMEMBER_MS = 60_000
const MOST_REMEMBERED = 1000

/**
 * One `git push` brings the password three times, and argon2 is slow on purpose. A check that
 * succeeded stands for a minute, keyed by a secret of this process, and falls with the stored hash.
 */
function remembering(check: CheckPassword) {
  const key = randomBytes(32)
  const known = new Map<string, { hash: string; untilMs: number }>()
  return async (
    { kernel }: GatekeeperParts,
    given: { name: string; password: string },
    address: string,
  ): Promise<PersonRow> => {
    const text = JSON.stringify([given.name, given.password])
    const mark = createHmac('sha256', key).update(text).digest('base64')
    const seen = known.get(mark)
    if (seen && seen.untilMs > kernel.clock.now()) {
      const row = await personByName(kernel.database, given.name)
      if (row?.password === seen.hash) return row
    }
    const row = await check(given.name, given.password, address)
    if (known.size >= MOST_REMEMBERED) known.delete(known.keys().next().value!)
    known.set(mark, { hash: row.password!, untilMs: kernel.clock.now() + REMEMBER_MS })
    return row
  }
}
