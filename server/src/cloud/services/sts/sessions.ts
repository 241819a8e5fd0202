import type { ServiceDeps } from '../../deps.ts'
import {
  AwsError,
  type Operations,
  type Principal,
  type RequestContext,
  type Sts,
} from '../../gateway/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import { presentCredentials, roleDuration } from './credentials.ts'
import { invalid } from './input-rules.ts'
import { packedSize, sessionPolicies } from './session-policies.ts'
import { tagContext } from './session-tags.ts'

const HOUR_S = 3600
const HALF_DAY_S = 43_200

export function sessionOperations<Role extends AssumableRole>(
  deps: ServiceDeps,
  authority: RoleAuthority<Role>,
) {
  return {
    ...ownSessions(authority),
    AssumeRole: assumeRole(authority),
    // Only an organisation's management account may, and an account here is in none.
    AssumeRoot(input, ctx) {
      throw denied(ctx, rootOf(input.TargetPrincipal), 'AssumeRoot')
    },
    GetCallerIdentity: (_input, { principal }) => ({
      UserId: principal.userId,
      Account: principal.account,
      Arn: principal.arn,
    }),
    async GetAccessKeyInfo(input, ctx) {
      const account = await authority.accountOf(input.AccessKeyId ?? '')
      return { Account: account ?? deps.settings.defaultAccount ?? ctx.account }
    },
    DecodeAuthorizationMessage(input) {
      const DecodedMessage = authority.decodeDenial(input.EncodedMessage ?? '')
      if (DecodedMessage !== undefined) return { DecodedMessage }
      throw new AwsError('InvalidAuthorizationMessageException', 'The message is not valid.', {
        status: 400,
      })
    },
  } satisfies Operations<Sts>
}

function assumeRole<Role extends AssumableRole>(
  authority: RoleAuthority<Role>,
): Operations<Sts>['AssumeRole'] {
  return async (input, ctx) => {
    const { principal: caller } = ctx
    const role = authority.findRole(input.RoleArn ?? '')
    if (!role) throw denied(ctx, input.RoleArn ?? '')
    const isChained = caller.kind === 'role'
    const seconds = roleDuration(input.DurationSeconds ?? HOUR_S, role.maxSessionS, isChained)
    const mfa = checkMfa(authority, input, ctx)
    const sourceIdentity = sourceIdentityOf(input.SourceIdentity, ctx)
    const size = packedSize(input)
    const session = {
      roleArn: role.arn,
      sessionName: input.RoleSessionName ?? '',
      policies: sessionPolicies(input, role.arn.split(':')[4]!, authority),
      context: {
        ...attributedTo(caller),
        ...tagContext(input, isChained ? caller : undefined),
        ...mfa,
        ...(sourceIdentity !== undefined && { 'aws:SourceIdentity': sourceIdentity }),
      },
    }
    const principal = authority.principalOf(session, role)
    const issued = await authority.issue(principal, ctx.now + seconds * 1000)
    return {
      Credentials: presentCredentials(issued),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      ...(size > 0 && { PackedPolicySize: size }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  }
}

/** Sessions of the caller itself, and of someone it vouches for. */
function ownSessions<Role extends AssumableRole>(authority: RoleAuthority<Role>) {
  return {
    async GetSessionToken(input, ctx) {
      refuseSessions(ctx, 'GetSessionToken')
      const seconds = ownDuration(input.DurationSeconds, ctx)
      const mfa = checkMfa(authority, input, ctx)
      const principal = { ...ctx.principal, context: { ...ctx.principal.context, ...mfa } }
      const issued = await authority.issue(principal, ctx.now + seconds * 1000)
      return { Credentials: presentCredentials(issued) }
    },
    async GetFederationToken(input, ctx) {
      refuseSessions(ctx, 'GetFederationToken')
      const { account, kind, userId } = ctx.principal
      const seconds = ownDuration(input.DurationSeconds, ctx)
      const policies = sessionPolicies(input, account, authority)
      const size = packedSize(input)
      const FederatedUserId = `${account}:${input.Name}`
      const Arn = `arn:aws:sts::${account}:federated-user/${input.Name}`
      const principal: Principal = {
        kind: 'user',
        account,
        arn: Arn,
        userId: FederatedUserId,
        // Without a policy of its own the session may do what resources grant to it, and no more.
        sessionPolicies: policies.length > 0 ? policies : [nothing],
        context: {
          ...tagContext(input, undefined),
          'madang:lentBy': kind === 'root' ? account : userId,
        },
      }
      const issued = await authority.issue(principal, ctx.now + seconds * 1000)
      return {
        Credentials: presentCredentials(issued),
        FederatedUser: { FederatedUserId, Arn },
        PackedPolicySize: size,
      }
    },
  } satisfies Operations<Sts>
}

const nothing =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"madang:Nothing","Resource":"*"}]}'

function refuseSessions({ principal }: RequestContext, operation: string): void {
  if (principal.kind !== 'role' && !isLent(principal)) return
  throw cannotCall(operation)
}

/** What sessions of GetSessionToken may ask of STS; those of GetFederationToken nothing but who they are. */
const ofSessions = new Set(['GetCallerIdentity', 'AssumeRole'])

/** Throws for a user's or root's session that STS does not hear ("Compare AWS STS credentials"). */
export function checkSession({ principal }: RequestContext, operation: string): void {
  if (principal.kind === 'role' || !isLent(principal)) return
  const isFederated = principal.arn.includes(':federated-user/')
  if (isFederated ? operation !== 'GetCallerIdentity' : !ofSessions.has(operation)) {
    throw cannotCall(operation)
  }
}

const isLent = ({ accessKeyId }: Principal) => accessKeyId?.startsWith('ASIA') ?? false

const cannotCall = (operation: string) =>
  new AwsError('AccessDenied', `Cannot call ${operation} with session credentials`, { status: 403 })

/** Root's sessions last an hour at most. */
function ownDuration(asked: number | undefined, { principal }: RequestContext): number {
  if (principal.kind !== 'root') return asked ?? HALF_DAY_S
  return Math.min(asked ?? HOUR_S, HOUR_S)
}

interface MfaInput {
  SerialNumber?: string | undefined
  TokenCode?: string | undefined
}

/** What the session carries of a device's code; refuses a wrong one. */
function checkMfa<Role extends AssumableRole>(
  { providers }: RoleAuthority<Role>,
  { SerialNumber: serial, TokenCode: code }: MfaInput,
  ctx: RequestContext,
): Record<string, string> {
  if (serial === undefined && code === undefined) return {}
  const { account, userId } = ctx.principal
  if (serial === undefined || code === undefined) {
    throw new AwsError(
      'AccessDenied',
      'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ',
      { status: 403 },
    )
  }
  if (!providers.isMfaCode(account, userId, serial, code, ctx.now)) {
    throw new AwsError(
      'AccessDenied',
      'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
      { status: 403 },
    )
  }
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' }
}

/** Once set it stays, through every role that is taken after. */
function sourceIdentityOf(asked: string | undefined, ctx: RequestContext): string | undefined {
  const known = ctx.principal.context?.['aws:SourceIdentity']
  if (typeof known !== 'string') return asked
  if (asked !== undefined && asked !== known) {
    throw invalid("The source identity can't be changed: it was set by the calling session.")
  }
  return known
}

/** Of an account, which may be said by its number. */
export const rootOf = (target = '') =>
  /^\d{12}$/.test(target) ? `arn:aws:iam::${target}:root` : target

export function denied(ctx: RequestContext, roleArn: string, action = 'AssumeRole'): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${ctx.principal.arn} is not authorized to perform: sts:${action} on resource: ${roleArn}`,
    { status: 403 },
  )
}

const attributedTo = ({ context }: Principal) =>
  Object.fromEntries(
    Object.entries(context ?? {}).filter(([key]) => /^madang:(?:project|run|actor)$/.test(key)),
  )
