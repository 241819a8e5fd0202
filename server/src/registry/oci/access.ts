import { type Actor, type Exchange, type Kernel, Refusal } from '../../kernel/index.ts'
import { type OciCode, OciError } from './error.ts'
import { type RepoName, repoNameOf } from './names.ts'
import type { ImageSpaces, SpaceActor } from './spaces.ts'

export type Action = 'pull' | 'push' | 'delete'
const roleFor = { pull: 'viewer', push: 'developer', delete: 'maintainer' } as const

const PREFIX = 'mdr1.'
const PURPOSE = 'registry token'
const TOKEN_SECONDS = 300

interface Grant {
  name: string
  actions: Action[]
}

interface Token {
  actor: Actor
  grants: Grant[]
  expiresAtMs: number
}

/**
 * Docker's token way (challenge, `GET /v2/token`, bearer) and Basic on every request. A token says who
 * and for which repositories; what the role allows is asked again at each request.
 */
export class OciAccess {
  readonly #kernel: Kernel
  readonly #spaces: ImageSpaces

  constructor(kernel: Kernel, spaces: ImageSpaces) {
    this.#kernel = kernel
    this.#spaces = spaces
  }

  /** Throws UNAUTHORIZED with the challenge, or DENIED. */
  async admit(exchange: Exchange, repo: RepoName, action: Action): Promise<Actor> {
    const scope = `repository:${repo.name}:${action === 'pull' ? 'pull' : `pull,${action}`}`
    const bearer = await this.#bearer(exchange, scope)
    const space = this.#spaces.of(repo.project)
    if (bearer && !grants(bearer, repo.name, action)) {
      // A space says by itself why it gave nothing.
      if (space) await this.#mayDo(exchange, bearer.actor, repo, action)
      throw challenge(exchange, scope, 'insufficient_scope')
    }
    // A space was asked when the token was made; a project's role may be another by now.
    if (bearer && space) return bearer.actor
    const actor = bearer?.actor ?? (await this.#identify(exchange, scope))
    await this.#mayDo(exchange, actor, repo, action)
    return actor
  }

  /** Whether the actor may do it, without an error: a mount from elsewhere falls back to an upload. */
  async may(exchange: Exchange, actor: Actor, repo: RepoName, action: Action): Promise<boolean> {
    try {
      await this.#mayDo(exchange, actor, repo, action)
      return true
    } catch (error) {
      if (error instanceof Refusal || error instanceof OciError) return false
      throw error
    }
  }

  /** Anybody signed in: `GET /v2/` and the catalogue. */
  async signedIn(exchange: Exchange): Promise<Actor> {
    const bearer = await this.#bearer(exchange, '')
    return bearer?.actor ?? this.#identify(exchange, '')
  }

  /** A token for what was asked of each repository and the role allows; the rest is left out, as Docker's does. */
  async issue(exchange: Exchange, actor: Actor, scopes: string[]) {
    const grants: Grant[] = []
    for (const { name, actions } of scopes.flatMap(scopeOf)) {
      const repo = repoNameOf(name)
      const allowed: Action[] = []
      for (const action of actions) {
        if (await this.may(exchange, actor, repo, action)) allowed.push(action)
      }
      grants.push({ name, actions: allowed })
    }
    const { clock, secrets } = this.#kernel
    const { csrf: _browserOnly, ...bearer } = actor
    const expiresAtMs = clock.now() + TOKEN_SECONDS * 1000
    const token: Token = { actor: bearer, grants, expiresAtMs }
    return {
      token: PREFIX + secrets.seal(JSON.stringify(token), PURPOSE),
      expiresInS: TOKEN_SECONDS,
      issuedAt: new Date(clock.now()).toISOString(),
    }
  }

  async #bearer(exchange: Exchange, scope: string): Promise<Token | undefined> {
    const text = /^Bearer (mdr1\..+)$/i.exec(exchange.request.headers.authorization ?? '')?.[1]
    if (text === undefined) return undefined
    const token = this.#open(text.slice(PREFIX.length))
    if (!token || token.expiresAtMs < this.#kernel.clock.now()) {
      throw challenge(exchange, scope, 'invalid_token')
    }
    return token
  }

  #open(sealed: string): Token | undefined {
    try {
      return JSON.parse(this.#kernel.secrets.open(sealed, PURPOSE)) as Token
    } catch {
      // Made up, or sealed by another server's key: as good as none.
      return undefined
    }
  }

  async #identify(exchange: Exchange, scope: string): Promise<Actor> {
    const known = this.#spaces.identify(exchange.request.headers.authorization)
    if (known) return known
    try {
      const actor = await exchange.identify()
      // A browser's cookie is no credential here: other sites could push with it.
      if (actor && actor.csrf === undefined) return actor
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error
    }
    throw challenge(exchange, scope)
  }

  async #mayDo(exchange: Exchange, actor: Actor, { project, name }: RepoName, action: Action) {
    const space = this.#spaces.of(project)
    const { holder } = actor as Partial<SpaceActor>
    if (!space !== (holder === undefined)) {
      throw new OciError('DENIED', `${name} is not reached with these credentials`)
    }
    if (space) {
      const refused = await space.refusal(holder, name, action)
      if (refused) throw new OciError(refused.code, refused.message)
      return
    }
    const intent = action === 'pull' ? 'read' : 'write'
    await exchange.authorise(actor, { project: roleFor[action] }, project, intent)
  }
}

function grants({ grants }: Token, name: string, action: Action): boolean {
  return grants.some((grant) => grant.name === name && grant.actions.includes(action))
}

/** `repository:gb/app:pull,push`; other resource types grant nothing. */
function scopeOf(text: string): Grant[] {
  return text.split(' ').flatMap((part) => {
    const match = /^repository(?:\([^)]*\))?:([^:]+(?::\d+\/[^:]+)?):([\w,*]+)$/.exec(part)
    if (!match) return []
    const named = match[2]!.split(',')
    const all: Action[] = ['pull', 'push', 'delete']
    return [
      {
        name: match[1]!,
        actions: named.includes('*') ? all : all.filter((it) => named.includes(it)),
      },
    ]
  })
}

function challenge({ info }: Exchange, scope: string, error?: string): OciError {
  const parts = [`realm="${info.origin}/v2/token"`, `service="${new URL(info.origin).host}"`]
  if (scope) parts.push(`scope="${scope}"`)
  if (error) parts.push(`error="${error}"`)
  const message =
    'sign in first: docker login with your name and password, or with any name and an access token'
  return new OciError('UNAUTHORIZED', message, {
    headers: { 'www-authenticate': `Bearer ${parts.join(',')}` },
  })
}

export function asOci(refusal: Refusal): OciError {
  const { status, message } = refusal
  return new OciError(codeOf(status), message, { status: status === 404 ? 403 : status })
}

function codeOf(status: number): OciCode {
  if (status >= 500) return 'UNKNOWN'
  if (status === 429) return 'TOOMANYREQUESTS'
  return status === 401 ? 'UNAUTHORIZED' : 'DENIED'
}
