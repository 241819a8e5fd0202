import type { ServiceDeps } from '../../deps.ts'
import {
  AwsError,
  type Operations,
  type Principal,
  type RequestContext,
  type Sts,
} from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import type { SessionCredentials } from '../../deps.ts'

const HOUR_S = 3600

export function stsOperations<Role extends AssumableRole>(
  deps: ServiceDeps,
  authority: RoleAuthority<Role>,
) {
  return {
    GetCallerIdentity: (_input, { principal }) => ({
      UserId: principal.userId,
      Account: principal.account,
      Arn: principal.arn,
    }),
    async AssumeRole(input, ctx) {
      const role = authority.findRole(input.RoleArn ?? '')
      if (!role) throw denied(ctx, input.RoleArn ?? '')
      const seconds = input.DurationSeconds ?? HOUR_S
      // Chained sessions last an hour at most, whatever the role says.
      const longestS = ctx.principal.kind === 'role' ? HOUR_S : role.maxSessionS
      checkDuration(seconds, 900, longestS)
      const session = {
        roleArn: role.arn,
        sessionName: input.RoleSessionName ?? '',
        policies: sessionPolicies(input, ctx),
        context: sessionContext(input.Tags, ctx.principal),
      }
      const principal = authority.principalOf(session, role)
      const issued = await authority.issue(principal, ctx.now + seconds * 1000)
      return {
        Credentials: present(issued),
        AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
        ...(session.policies.length > 0 && { PackedPolicySize: 6 }),
        ...(input.SourceIdentity && { SourceIdentity: input.SourceIdentity }),
      }
    },
    async GetSessionToken(input, ctx) {
      if (ctx.principal.kind === 'role') {
        throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', {
          status: 403,
        })
      }
      const seconds = input.DurationSeconds ?? 43_200
      checkDuration(seconds, 900, 129_600)
      const issued = await authority.issue(ctx.principal, ctx.now + seconds * 1000)
      return { Credentials: present(issued) }
    },
    async GetAccessKeyInfo(input, ctx) {
      const id = input.AccessKeyId ?? ''
      const account = await authority.accountOf(id)
      if (!account && !/^\w{16,128}$/.test(id)) {
        throw new AwsError('ValidationError', `Invalid access key id: ${id}`, { status: 400 })
      }
      return { Account: account ?? deps.settings.defaultAccount ?? ctx.account }
    },
  } satisfies Operations<Sts>
}

function denied(ctx: RequestContext, roleArn: string): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    { status: 403 },
  )
}

function present(issued: SessionCredentials) {
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: new Date(issued.expiresAtMs),
  }
}

function checkDuration(seconds: number, least: number, most: number): void {
  if (seconds >= least && seconds <= most) return
  const message =
    seconds < least
      ? `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${least}`
      : 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
  throw new AwsError('ValidationError', message, { status: 400 })
}

interface PolicyInput {
  Policy?: string | undefined
  PolicyArns?: { arn?: string | undefined }[] | undefined
}

/** Session policies as text; a managed one is taken as it is now. */
function sessionPolicies(input: PolicyInput, ctx: RequestContext): string[] {
  if (input.PolicyArns?.length) {
    throw new AwsError(
      'NotImplemented',
      `sts:${ctx.operation} with PolicyArns is not implemented by Madang; give the text as Policy.`,
      { status: 501 },
    )
  }
  if (input.Policy === undefined) return []
  try {
    checkPolicy(input.Policy, 'identity')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new AwsError('MalformedPolicyDocument', error.message, { status: 400 })
  }
  return [input.Policy]
}

/** Session tags for conditions, and what the caller's session is attributed to. */
function sessionContext(
  tags: { Key: string | undefined; Value: string | undefined }[] | undefined,
  caller: Principal,
): Record<string, string | string[]> {
  const carried = Object.entries(caller.context ?? {}).filter(([key]) => key.startsWith('madang:'))
  const own = (tags ?? []).map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value ?? ''])
  return Object.fromEntries([...carried, ...own])
}
