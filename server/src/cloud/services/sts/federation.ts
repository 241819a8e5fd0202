import type { ServiceDeps, SessionCredentials } from '../../deps.ts'
import { AwsError, type Operations, type RequestContext, type Sts } from '../../gateway/index.ts'
import { evaluate, parsePolicy, type Values } from '../../policy/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { packedSize, sessionPolicies } from './session-policies.ts'
import { tagContext } from './session-tags.ts'
import { badToken, checkClaims, isSignedBy, readWebToken, type WebToken } from './web-token.ts'
import { presentCredentials, roleDuration } from './credentials.ts'

const HOUR_S = 3600

interface Federated {
  action: 'sts:AssumeRoleWithWebIdentity' | 'sts:AssumeRoleWithSAML'
  /** ARN of the provider in IAM. */
  provider: string
  /** What the trust policy's conditions may ask for. */
  values: Record<string, string[]>
  tags?: { Key: string; Value: string }[]
  transitive?: string[]
}

interface SessionInput {
  RoleArn?: string | undefined
  DurationSeconds?: number | undefined
  Policy?: string | undefined
  PolicyArns?: { arn?: string | undefined }[] | undefined
}

export function federationOperations<Role extends AssumableRole>(
  deps: ServiceDeps,
  authority: RoleAuthority<Role>,
) {
  const keysOf = createIssuerKeys(deps.kernel)
  const lend = lender(authority)
  return {
    async AssumeRoleWithWebIdentity(input, ctx) {
      const token = readWebToken(input.WebIdentityToken ?? '')
      const { place, provider, keys } = await issuerOf(token, input, authority, keysOf)
      if (!isSignedBy(token, keys)) throw badToken("Couldn't verify the signature of the token")
      const { subject, audience } = checkClaims(token, provider.clientIds, ctx.now)
      const who: Federated = {
        action: 'sts:AssumeRoleWithWebIdentity',
        provider: provider.arn,
        values: webValues(place, token, audience),
        ...tagsIn(token),
      }
      const sessionName = input.RoleSessionName ?? ''
      const { issued, session, packed } = await lend(who, sessionName, input, ctx)
      return {
        Credentials: presentCredentials(issued),
        SubjectFromWebIdentityToken: subject,
        AssumedRoleUser: session,
        ...packed,
        Provider: provider.arn,
        Audience: audience,
      }
    },
    async AssumeRoleWithSAML(input, ctx) {
      const provider = authority.providers.saml(input.PrincipalArn ?? '')
      // XML signatures cost 25 ms to load, and few ever sign in with them.
      const { readSaml } = await import('./saml.ts')
      const said = readSaml(input.SAMLAssertion ?? '', provider, input, ctx.now)
      const who: Federated = {
        action: 'sts:AssumeRoleWithSAML',
        provider: provider!.arn,
        values: said.values,
        ...(said.tags.length > 0 && { tags: said.tags, transitive: said.transitive }),
      }
      const seconds = input.DurationSeconds ?? said.durationS
      const asked = { ...input, DurationSeconds: seconds }
      const { issued, session, packed } = await lend(who, said.sessionName, asked, ctx)
      return {
        Credentials: presentCredentials(issued),
        AssumedRoleUser: session,
        ...packed,
        Subject: said.subject,
        SubjectType: said.subjectType,
        Issuer: said.issuer,
        Audience: said.audience,
        NameQualifier: said.nameQualifier,
      }
    },
  } satisfies Operations<Sts>
}

/** The provider of the role's account that the token's issuer is, and its keys. */
async function issuerOf<Role extends AssumableRole>(
  { claims }: WebToken,
  { RoleArn: roleArn = '', ProviderId: providerId }: { RoleArn?: string; ProviderId?: string },
  { providers, webIssuer }: RoleAuthority<Role>,
  keysOf: ReturnType<typeof createIssuerKeys>,
) {
  if (providerId !== undefined) {
    throw new AwsError(
      'NotImplemented',
      'sts:AssumeRoleWithWebIdentity with ProviderId (OAuth 2.0 access tokens) is not implemented by Madang.',
      { status: 501 },
    )
  }
  const issuer = String(claims['iss'] ?? '')
  if (issuer === '') throw badToken('Missing a required claim: iss')
  const place = issuer.replace(/^https:\/\//, '').replace(/\/$/, '')
  const account = roleArn.split(':')[4] ?? ''
  const provider = providers.oidc(account, place)
  if (!provider) {
    throw badToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  }
  // An issuer of this cloud's own needs no network.
  const own = ownAccount(issuer, account, webIssuer)
  const keys = own ? webIssuer.keys(own) : await keysOf(`https://${place}`, provider.thumbprints)
  return { place, provider, keys }
}

const ownAccount = (
  issuer: string,
  account: string,
  webIssuer: RoleAuthority['webIssuer'],
): string | undefined =>
  [account, '000000000000'].find((each) => webIssuer.issuerOf(each) === issuer)

function webValues(place: string, { claims }: WebToken, audience: string) {
  const values: Record<string, string[]> = {}
  for (const [claim, value] of Object.entries(claims)) {
    const list = (Array.isArray(value) ? value : [value]).filter((each) => typeof each !== 'object')
    if (list.length > 0) values[`${place}:${claim}`] = list.map(String)
  }
  // With `azp` the token's own `aud` is asked for as `oaud`.
  if (claims['azp'] !== undefined && values[`${place}:aud`]) {
    values[`${place}:oaud`] = values[`${place}:aud`]!
  }
  values[`${place}:aud`] = [audience]
  return values
}

function tagsIn({ claims }: WebToken): Pick<Federated, 'tags' | 'transitive'> {
  const given = claims['https://aws.amazon.com/tags'] as
    | { principal_tags?: Record<string, string[]>; transitive_tag_keys?: string[] }
    | undefined
  if (!given?.principal_tags) return {}
  const tags = Object.entries(given.principal_tags).map(([Key, value]) => ({
    Key,
    Value: String(Array.isArray(value) ? value[0] : value),
  }))
  return { tags, transitive: given.transitive_tag_keys ?? [] }
}

/** Asks the role's trust policy, and makes the session. */
function lender<Role extends AssumableRole>(authority: RoleAuthority<Role>) {
  return async (who: Federated, sessionName: string, input: SessionInput, ctx: RequestContext) => {
    const role = authority.findRole(input.RoleArn ?? '')
    if (!role || !isTrusted(who, role, sessionName, ctx)) {
      throw new AwsError('AccessDenied', `Not authorized to perform ${who.action}`, { status: 403 })
    }
    const seconds = roleDuration(input.DurationSeconds ?? HOUR_S, role.maxSessionS)
    const account = role.arn.split(':')[4]!
    const tags = { Tags: who.tags, TransitiveTagKeys: who.transitive }
    const policies = sessionPolicies(input, account, authority)
    const size = packedSize({ ...input, Tags: who.tags })
    const session = {
      roleArn: role.arn,
      sessionName,
      policies,
      context: { ...tagContext(tags, undefined), 'aws:FederatedProvider': who.provider },
    }
    const principal = authority.principalOf(session, role)
    const issued: SessionCredentials = await authority.issue(principal, ctx.now + seconds * 1000)
    return {
      issued,
      session: { AssumedRoleId: principal.userId, Arn: principal.arn },
      packed: size > 0 ? { PackedPolicySize: size } : {},
    }
  }
}

function isTrusted(
  who: Federated,
  role: AssumableRole,
  sessionName: string,
  ctx: RequestContext,
): boolean {
  const account = role.arn.split(':')[4]!
  const values: Values = new Map(
    Object.entries({
      ...who.values,
      'sts:RoleSessionName': [sessionName],
      'aws:FederatedProvider': [who.provider],
      'aws:SourceIp': [ctx.http.sourceIp],
      'aws:CurrentTime': [new Date(ctx.now).toISOString()],
      ...(who.tags && {
        'aws:TagKeys': who.tags.map(({ Key }) => Key),
        ...Object.fromEntries(who.tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, [Value]])),
      }),
    }).map(([key, list]) => [key.toLowerCase(), list]),
  )
  const actions = who.tags ? [who.action, 'sts:TagSession'] : [who.action]
  return actions.every((action) => {
    const verdict = evaluate({
      subject: { kind: 'federated', account, arn: who.provider, provider: who.provider },
      action,
      resource: role.arn,
      resourceAccount: account,
      values,
      identity: [],
      resourcePolicy: parsePolicy(role.trust),
    })
    return verdict.decision === 'allowed'
  })
}
