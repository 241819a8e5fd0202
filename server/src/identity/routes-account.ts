import { identityEndpoints as api } from '@madang/api'
import { type Kernel, type RequestInfo, type Route, route } from '../kernel/index.ts'
import { type Accounts, asMe, refuse, type SignedIn } from './accounts.ts'
import { cookieSecret } from './gatekeeper.ts'
import { DAY_MS, hashOf, isoOf, personIdOf, SESSION_COOKIE, SESSION_DAYS } from './model.ts'
import { sessionDelete, sessionsOf } from './store-credentials.ts'
import { hasPeople, personById, personSet } from './store-people.ts'
import type { Tokens } from './tokens.ts'

interface Parts {
  kernel: Kernel
  accounts: Accounts
  tokens: Tokens
}

type Answer = { request: RequestInfo; setHeader(name: string, value: string): void }

export function accountRoutes(parts: Parts): Route[] {
  return [
    ...signInRoutes(parts),
    ...meRoutes(parts),
    ...sessionRoutes(parts),
    ...tokenRoutes(parts),
  ]
}

function signInRoutes({ kernel, accounts }: Parts): Route[] {
  return [
    route(api.setupGet, async () => ({ isNeeded: !(await hasPeople(kernel.database)) })),
    route(api.setup, async ({ body, ...answer }) => {
      const { code, ...given } = body
      return withCookie(answer, await accounts.setup(code, given, callerOf(answer.request)))
    }),
    route(api.codeCheck, async ({ body }) => {
      const { row, person } = await accounts.codeCheck(body.code)
      return { kind: row.kind, name: person?.name, displayName: person?.display_name }
    }),
    route(api.invitationAccept, async ({ body, ...answer }) => {
      const { code, ...given } = body
      const caller = callerOf(answer.request)
      return withCookie(answer, await accounts.invitationAccept(code, given, caller))
    }),
    route(api.signIn, async ({ body, ...answer }) => {
      const caller = callerOf(answer.request)
      return withCookie(answer, await accounts.signIn(body.name, body.password, caller))
    }),
    route(api.signOut, async ({ actor, request, setHeader }) => {
      const person = personIdOf(actor)
      const secret = cookieSecret(request)
      if (person && secret) {
        await kernel.database.write(async (tx) => {
          const own = (await sessionsOf(tx, person, 0)).find((row) => row.hash === hashOf(secret))
          if (own) await sessionDelete(tx, person, { id: own.id })
        })
      }
      setHeader('set-cookie', `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
      return {}
    }),
  ]
}

function meRoutes({ kernel, accounts }: Parts): Route[] {
  return [
    route(api.me, async ({ actor }) => {
      const id = personIdOf(actor)
      return asMe(actor, id ? await personById(kernel.database, id) : undefined)
    }),
    route(api.meUpdate, async ({ actor, body }) => {
      const row = await accounts.personOf(actor)
      const display_name = body.displayName ?? row.display_name
      const language = body.language ?? row.language
      await kernel.database.write((tx) => personSet(tx, row.id, { display_name, language }))
      const next = { ...row, display_name, language }
      return asMe({ ...actor, name: display_name }, next)
    }),
    route(api.passwordChange, async ({ actor, body, request }) => {
      const row = await accounts.personOf(actor)
      const keep = cookieSecret(request)
      await accounts.passwordChange(row, { ...body, keep }, callerOf(request))
      return {}
    }),
  ]
}

function sessionRoutes({ kernel, accounts }: Parts): Route[] {
  return [
    route(api.sessionList, async ({ actor, request }) => {
      const row = await accounts.personOf(actor)
      const secret = cookieSecret(request)
      const current = secret && hashOf(secret)
      const sessions = await sessionsOf(kernel.database, row.id, kernel.clock.now())
      const items = sessions.map((entry) => ({
        id: entry.id,
        isCurrent: entry.hash === current,
        address: entry.address,
        client: entry.client,
        createdAt: isoOf(entry.created_at),
        lastUsedAt: isoOf(entry.used_at),
        expiresAt: isoOf(entry.expires_at),
      }))
      return { items }
    }),
    route(api.sessionRevoke, async ({ actor, params }) => {
      const row = await accounts.personOf(actor)
      const ended = await kernel.database.write((tx) => sessionDelete(tx, row.id, params))
      if (!ended) throw refuse('sessionNotFound')
      return {}
    }),
  ]
}

function tokenRoutes({ accounts, tokens }: Parts): Route[] {
  return [
    route(api.tokenList, async ({ actor }) => ({
      items: await tokens.list(await accounts.personOf(actor)),
    })),
    route(api.tokenCreate, async ({ actor, body, request }) => {
      const person = await accounts.personOf(actor)
      return tokens.create({ actor, person, address: request.ip }, body)
    }),
    route(api.tokenRevoke, async ({ actor, params, request }) => {
      const person = await accounts.personOf(actor)
      await tokens.revokeOwn({ actor, person, address: request.ip }, params.id)
      return {}
    }),
  ]
}

function callerOf(request: RequestInfo) {
  return { address: request.ip, client: request.headers['user-agent'] ?? '' }
}

function withCookie({ request, setHeader }: Answer, signedIn: SignedIn) {
  const secure = request.origin.startsWith('https:') ? '; Secure' : ''
  const age = (SESSION_DAYS * DAY_MS) / 1000
  const rules = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`
  setHeader('set-cookie', `${SESSION_COOKIE}=${signedIn.secret}; ${rules}`)
  return signedIn.me
}
