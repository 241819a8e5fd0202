import { randomUUID } from 'node:crypto'
import { AwsError, type Operations, type Sts } from '../../gateway/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import { wholeSecond } from '../../whole-second.ts'

const DEFAULT_S = 300

/** Tokens of this account's own issuer, about whoever asks. */
export function webTokenOperations<Role extends AssumableRole>({ webIssuer }: RoleAuthority<Role>) {
  return {
    async GetWebIdentityToken(input, ctx) {
      const { account, principal, now } = ctx
      if (!webIssuer.isEnabled(account)) {
        throw new AwsError(
          'OutboundWebIdentityFederationDisabledException',
          'Outbound web identity federation is not enabled for this account.',
          { status: 403 },
        )
      }
      const durationS = input.DurationSeconds ?? DEFAULT_S
      const audience = input.Audience ?? []
      const tags = (input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
      const claims = {
        aud: audience.length === 1 ? audience[0] : audience,
        sub: subjectOf(principal.arn),
        'https://sts.amazonaws.com/': {
          aws_account: account,
          source_region: ctx.region,
          principal_id: principal.arn,
          ...(tags.length > 0 && { request_tags: Object.fromEntries(tags) }),
        },
      }
      const algorithm = input.SigningAlgorithm === 'ES384' ? 'ES384' : 'RS256'
      const options = { nowMs: now, durationS, algorithm, id: randomUUID() } as const
      return {
        WebIdentityToken: await webIssuer.token(account, claims, options),
        Expiration: wholeSecond(now + durationS * 1000),
      }
    },
  } satisfies Operations<Sts>
}

/** Of a role session the role: `arn:aws:iam::…:role/name`. */
function subjectOf(arn: string): string {
  const [, account, role] = /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? []
  return role ? `arn:aws:iam::${account}:role/${role}` : arn
}
