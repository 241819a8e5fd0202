import { randomBytes } from 'node:crypto'
import type { Kernel } from '../../../kernel/index.ts'
import { AwsError, type Principal } from '../../gateway/index.ts'
import type { RoleSession, SessionCredentials, Sessions } from '../../deps.ts'
import { keyId, newSecret, noSuch, type Role } from './model.ts'
import { evaluate, parsePolicy, type PolicyDocument } from '../../policy/index.ts'
import type { IamStore } from './store.ts'
import type { SessionStore } from './store-sessions.ts'

const DEFAULT_DURATION_S = 3600

export function createSessions(
  { clock }: Kernel,
  store: IamStore,
  sessionStore: SessionStore,
): Sessions {
  const rolePrincipal = async (session: RoleSession) =>
    principalOf(session, roleByArn(store, session.roleArn))
  return {
    rolePrincipal,
    async issueRoleSession(session) {
      const principal = await rolePrincipal(session)
      const expiresAtMs = clock.now() + (session.durationS ?? DEFAULT_DURATION_S) * 1000
      return issueSession(sessionStore, principal, expiresAtMs)
    },
    serviceOf: (name, account = '000000000000') => ({
      kind: 'service',
      account,
      arn: name,
      userId: name,
    }),
    async canBeAssumedBy(roleArn, service) {
      const role = findRole(store, roleArn)
      if (!role) return false
      const account = roleArn.split(':')[4]!
      const verdict = evaluate({
        subject: { kind: 'service', account, arn: service, service },
        action: 'sts:AssumeRole',
        resource: roleArn,
        resourceAccount: account,
        values: new Map([['aws:sourceaccount', [account]]]),
        identity: [],
        resourcePolicy: forAnySource(parsePolicy(role.trust)),
      })
      return verdict.decision === 'allowed'
    },
  }
}

/** For whom the service will act isn't known yet when a role is given to it. */
const forAnySource = (trust: PolicyDocument): PolicyDocument => ({
  ...trust,
  statements: trust.statements.map((statement) => ({
    ...statement,
    conditions: statement.conditions.filter(({ key }) => key.toLowerCase() !== 'aws:sourcearn'),
  })),
})

/** Makes temporary credentials for a principal and keeps them. */
export async function issueSession(
  sessionStore: SessionStore,
  principal: Principal,
  expiresAtMs: number,
): Promise<SessionCredentials> {
  const accessKeyId = keyId('sessionKey', principal.account)
  const session = {
    accessKeyId,
    secretAccessKey: newSecret(),
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(240).toString('base64')}`,
    principal: { ...principal, accessKeyId },
  }
  await sessionStore.put({ ...session, expiresAt: expiresAtMs })
  return { ...session, expiresAtMs }
}

export function findRole(store: IamStore, roleArn: string): Role | undefined {
  const role = store.account(roleArn.split(':')[4] ?? '').get('role', roleArn.split('/').at(-1)!)
  return role?.arn === roleArn ? role : undefined
}

function roleByArn(store: IamStore, roleArn: string): Role {
  const role = findRole(store, roleArn)
  if (!role) throw noSuch('role', roleArn.split('/').at(-1)!)
  return role
}

/** Who holds a session of the role. */
export function principalOf(session: RoleSession, role: Role): Principal {
  const { sessionName } = session
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    )
  }
  const account = role.arn.split(':')[4]!
  return {
    kind: 'role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${sessionName}`,
    userId: `${role.id}:${sessionName}`,
    sessionName,
    ...(session.context && { context: session.context }),
    ...(session.policies?.length && { sessionPolicies: session.policies }),
  }
}
