import { type Aws, AwsError, type Caller } from './gateway/index.ts'
import type { CloudSettings, Sessions } from './deps.ts'

/** For whom credentials are made. */
export interface Holder {
  kind: 'run' | 'person'
  /** A run's or a person's id, without the kind. */
  id: string
  /** Project key. */
  project: string
  /** Of the person, or of whoever started the run. */
  name: string
}

export interface CloudCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiresAtMs: number
  region: string
  endpointUrl: string
}

export type CredentialsFor = (
  holder: Holder,
  options?: { durationS?: number },
) => Promise<CloudCredentials>

interface Parts {
  sessions: Sessions
  settings: CloudSettings
  as(caller: Caller): Aws
}

/** Sessions of one role per project for runs and one for people; the role is made when first needed. */
export function createCredentialsFor({ sessions, settings, as }: Parts): CredentialsFor {
  return async (holder, options = {}) => {
    const roleName = `madang-${holder.kind}-${holder.project}`
    const roleArn = `arn:aws:iam::${settings.defaultAccount}:role/${roleName}`
    const session = {
      roleArn,
      sessionName: sessionNameOf(holder),
      durationS: options.durationS,
      context: contextOf(holder),
    }
    const issued = await sessions.issueRoleSession(session).catch(async (error: unknown) => {
      if (!(error instanceof AwsError) || error.code !== 'NoSuchEntity') throw error
      await makeRole(as(rootCaller(settings)), settings, roleName)
      return sessions.issueRoleSession(session)
    })
    const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = issued
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiresAtMs,
      region: settings.region,
      endpointUrl: settings.originUrl(),
    }
  }
}

/** This program as the account's owner. */
export function rootCaller({ defaultAccount, region }: CloudSettings): Caller {
  return {
    region,
    principal: {
      kind: 'root',
      account: defaultAccount,
      arn: `arn:aws:iam::${defaultAccount}:root`,
      userId: defaultAccount,
    },
  }
}

// Session names take letters, digits and `+=,.@-_`, at least two.
function sessionNameOf({ kind, id, name }: Holder): string {
  const text = (kind === 'run' ? id : name).replace(/[^\w+=,.@-]+/g, '-').slice(0, 64)
  return text.length >= 2 ? text : `${kind}-${text || id}`.slice(0, 64)
}

function contextOf({ kind, id, project }: Holder): Record<string, string> {
  return {
    'madang:project': project,
    'madang:actor': `${kind}:${id}`,
    ...(kind === 'run' && { 'madang:run': id }),
  }
}

async function makeRole(
  { iam }: Aws,
  { defaultAccount }: CloudSettings,
  RoleName: string,
): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${defaultAccount}:root` },
        Action: 'sts:AssumeRole',
      },
    ],
  }
  try {
    await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Description: 'Made by Madang for the credentials it lends',
    })
  } catch (error) {
    // Two runs may need it in the same moment.
    if (!(error instanceof AwsError) || error.code !== 'EntityAlreadyExists') throw error
  }
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await iam.attachRolePolicy({ RoleName, PolicyArn })
}
