import type { Actor, Kernel } from '../../kernel/index.ts'
import type { OpenRepo } from '../context.ts'
import { gitPath } from '../model.ts'

/** What `git-lfs-authenticate` answers, and what carries a transfer past the sign-in. */
export interface LfsTicket {
  href: string
  header: { Authorization: string }
  expires_in: number
}

/** What a ticket says about whoever carries it. */
export interface TicketClaim {
  actor: Pick<Actor, 'kind' | 'id' | 'name'>
  repoId: string
  isWrite: boolean
  expiresAtMs: number
}

const PURPOSE = 'lfs-ticket'
const SCHEME = 'Madang-LFS'
const VALID_S = 30 * 60

export function lfsTicket(
  kernel: Pick<Kernel, 'secrets' | 'clock'>,
  given: { actor: Actor; repo: OpenRepo; isWrite: boolean; origin: string },
): LfsTicket {
  const { actor, repo, isWrite, origin } = given
  const { kind, id, name } = actor
  const claim: TicketClaim = {
    actor: { kind, id, name },
    repoId: repo.row.id,
    isWrite,
    expiresAtMs: kernel.clock.now() + VALID_S * 1000,
  }
  return {
    href: `${origin}${gitPath(repo)}/info/lfs`,
    header: { Authorization: `${SCHEME} ${kernel.secrets.seal(JSON.stringify(claim), PURPOSE)}` },
    expires_in: VALID_S,
  }
}

/** The claim of a ticket of ours that still counts. Nothing but our key can make one. */
export function readTicket(
  kernel: Pick<Kernel, 'secrets' | 'clock'>,
  header: string | undefined,
): TicketClaim | undefined {
  const [scheme, sealed = ''] = (header ?? '').split(' ')
  if (scheme !== SCHEME) return undefined
  const claim = open(kernel, sealed)
  return claim && claim.expiresAtMs > kernel.clock.now() ? claim : undefined
}

function open({ secrets }: Pick<Kernel, 'secrets'>, sealed: string): TicketClaim | undefined {
  try {
    return JSON.parse(secrets.open(sealed, PURPOSE)) as TicketClaim
  } catch {
    return undefined // not sealed by us: as good as no ticket
  }
}
