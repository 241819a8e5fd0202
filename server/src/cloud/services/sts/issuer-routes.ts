import { randomUUID } from 'node:crypto'
import type { ServiceDeps } from '../../deps.ts'
import { AwsError, collect, type OutgoingHttp, type RawRoute } from '../../gateway/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'

const ROOT = '/_madang/oidc'
const MOST_BYTES = 64 * 1024
const DEFAULT_S = 300

/**
 * This cloud as an OpenID provider: its discovery documents, and `POST /_madang/oidc/token` which
 * signs whatever claims the account's owner asks for, so that a test of AssumeRoleWithWebIdentity
 * needs no other provider. The provider to register is the document's `issuer`.
 */
export function issuerRoutes<Role extends AssumableRole>(
  { webIssuer }: RoleAuthority<Role>,
  { settings }: ServiceDeps,
): RawRoute[] {
  const account = settings.defaultAccount
  const document = (name: string, body: () => object): RawRoute => ({
    name: `oidc-${name}`,
    matches: ({ method }, { path }) => method === 'GET' && path === `${ROOT}/.well-known/${name}`,
    handle: async () => json(body()),
  })
  return [
    document('openid-configuration', () => ({
      issuer: webIssuer.issuerOf(account),
      jwks_uri: `${settings.originUrl()}${ROOT}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    })),
    document('jwks.json', () => ({ keys: webIssuer.keys(account) })),
    {
      name: 'oidc-token',
      matches: ({ method }, { path }) => method === 'POST' && path === `${ROOT}/token`,
      async handle(request, ctx) {
        const { principal } = await ctx.verify('sts')
        if (principal.kind !== 'root') {
          throw new AwsError(
            'AccessDenied',
            'Only the owner of the account may have tokens here.',
            {
              status: 403,
            },
          )
        }
        const claims = claimsOf(Buffer.from(await collect(request.body, MOST_BYTES)).toString())
        const options = { nowMs: ctx.now, durationS: DEFAULT_S, algorithm: 'RS256' as const }
        const token = await webIssuer.token(account, claims, { ...options, id: randomUUID() })
        return json({ token, issuer: webIssuer.issuerOf(account) })
      },
    },
  ]
}

function claimsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below, as for JSON that isn't an object.
  }
  throw new AwsError('InvalidRequest', 'The body is a JSON object of claims: sub, aud, …', {
    status: 400,
  })
}

const json = (body: object): OutgoingHttp => ({
  status: 200,
  headers: [['Content-Type', 'application/json']],
  body: `${JSON.stringify(body)}\n`,
})
