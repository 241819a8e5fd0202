import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Actor, Exchange } from '../../kernel/index.ts'

export const CRUMB_FIELD = 'Jenkins-Crumb'
const SESSION = 'JSESSIONID.madang'
const TOKEN = /^mdg_/

/**
 * A crumb holds for one person and one session, as Jenkins' `DefaultCrumbIssuer` has it. The session
 * is a random cookie that stands for nothing else: nobody is signed in by it.
 */
export class Crumbs {
  /** Of this process: after a restart a client is refused once and fetches a new one. */
  readonly #key = randomBytes(32)

  issue(actor: Actor, exchange: Exchange): { crumb: string; cookie: string | undefined } {
    const known = sessionOf(exchange)
    const session = known ?? randomBytes(16).toString('hex')
    const cookie = `${SESSION}=${session}; Path=/jenkins; HttpOnly; SameSite=Lax`
    return {
      crumb: this.#crumb(actor, session),
      cookie: known === undefined ? cookie : undefined,
    }
  }

  /** API tokens need no crumb: no browser sends them by itself. */
  isNeeded({ request }: Exchange): boolean {
    const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ')
    if (/^bearer$/i.test(scheme)) return false
    const [, password = ''] = Buffer.from(value, 'base64').toString('utf8').split(/:(.*)/s)
    return !(/^basic$/i.test(scheme) && TOKEN.test(password))
  }

  isRight(actor: Actor, exchange: Exchange, given: string): boolean {
    const session = sessionOf(exchange)
    if (session === undefined) return false
    const wanted = Buffer.from(this.#crumb(actor, session))
    const shown = Buffer.from(given)
    return wanted.length === shown.length && timingSafeEqual(wanted, shown)
  }

  #crumb(actor: Actor, session: string): string {
    return createHmac('sha256', this.#key).update(`${actor.id}\0${session}`).digest('hex')
  }
}

function sessionOf({ request }: Exchange): string | undefined {
  return /(?:^|;\s*)JSESSIONID\.madang=([0-9a-f]{32})/.exec(request.headers.cookie ?? '')?.[1]
}
