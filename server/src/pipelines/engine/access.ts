import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AwsCredentials } from '../ports.ts'
import type { AwsKeys, AwsScope } from './aws-scope.ts'
import type { Session } from './session.ts'

const TOKEN_LIFE_MS = 24 * 3600_000
const KEYS_LIFE_S = 3600
/** A program that starts now should not lose its credentials while it runs. */
const RENEW_BEFORE_MS = 30 * 60_000

/**
 * The run's own git, artifact and AWS credentials: issued when a step first needs them, renewed while
 * the run lasts, revoked when it ends, masked in its log.
 */
export interface Access {
  variables(aws: AwsScope | undefined): Promise<Record<string, string>>
  keys(aws: AwsScope | undefined): Promise<AwsKeys & { region: string; endpointUrl: string }>
  revoke(): Promise<void>
}

export function createAccess(session: Session): Access {
  let token: Promise<{ token: string; id: string; expiresAtMs: number }> | undefined
  let keys: Promise<AwsCredentials> | undefined
  let ssh: Promise<Record<string, string>> | undefined

  const ownToken = async () => {
    const known = await token
    if (known && known.expiresAtMs - session.nowMs() > RENEW_BEFORE_MS) return known
    token = issueToken(session)
    return token
  }
  const ownKeys = async () => {
    const known = await keys
    if (known && known.expiresAtMs - session.nowMs() > RENEW_BEFORE_MS) return known
    keys = issueKeys(session)
    return keys
  }
  const keysFor = async (aws: AwsScope | undefined) => {
    const own = await ownKeys()
    const { accessKeyId, secretAccessKey, sessionToken } = aws?.credentials ?? own
    const region = aws?.region ?? own.region
    return { accessKeyId, secretAccessKey, sessionToken, region, endpointUrl: own.endpointUrl }
  }
  return {
    keys: keysFor,
    async variables(aws) {
      const [{ token: text }, used] = await Promise.all([ownToken(), keysFor(aws)])
      ssh ??= sshVariables(session)
      return { ...gitVariables(session, text), ...(await ssh), ...awsVariables(used) }
    },
    async revoke() {
      await rm(session.file('ssh'), { recursive: true, force: true })
      const known = await token
      if (!known) return
      const { kernel, identity } = session.parts
      await kernel.database.write(async (tx) => void (await identity.tokenRevoke(tx, known.id)))
    },
  }
}

async function issueToken(session: Session) {
  const { kernel, identity } = session.parts
  const { id, project, repo, branch, number } = session.record
  const expiresAtMs = session.nowMs() + TOKEN_LIFE_MS
  const issued = await kernel.database.write((tx) =>
    identity.tokenIssue(tx, {
      owner: { kind: 'run', id },
      name: `${repo}/${branch} #${number}`,
      scopes: ['read', 'write'],
      project,
      expiresAtMs,
    }),
  )
  session.maskForGood(issued.token)
  return { ...issued, expiresAtMs }
}

async function issueKeys(session: Session): Promise<AwsCredentials> {
  const { id, project, repo, branch, number } = session.record
  const owner = { kind: 'run' as const, id, project, name: `${repo}/${branch} #${number}` }
  const keys = await session.parts.cloud.credentialsFor(owner, { durationS: KEYS_LIFE_S })
  session.maskForGood(keys.secretAccessKey)
  session.maskForGood(keys.sessionToken)
  return keys
}

/** git sends the token to this server and no other; nothing of it stands in the workspace. */
function gitVariables(session: Session, token: string): Record<string, string> {
  const origin = session.parts.originUrl()
  return {
    MADANG_TOKEN: token,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Bearer ${token}`,
    GIT_TERMINAL_PROMPT: '0',
  }
}

/**
 * The repository's own key and known hosts, for git over SSH on this machine. Both lie in the run's
 * folder while it lasts: ssh takes them from files only.
 */
async function sshVariables(session: Session): Promise<Record<string, string>> {
  const found = await session.parts.ssh.ofRun(session.record)
  if (!found) return {}
  const { privateKey, knownHosts } = found
  const folder = session.file('ssh')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const hosts = join(folder, 'known_hosts')
  await writeFile(hosts, knownHosts.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  const command = ['ssh', '-o', 'BatchMode=yes', '-o', `'UserKnownHostsFile="${hosts}"'`]
  if (privateKey !== undefined) {
    const key = join(folder, 'id')
    await writeFile(key, privateKey, { mode: 0o600 })
    command.push('-o', 'IdentitiesOnly=yes', '-i', `'${key}'`)
  }
  return { GIT_SSH_COMMAND: command.join(' ') }
}

function awsVariables(keys: AwsKeys & { region: string; endpointUrl: string }) {
  const token = keys.sessionToken ? { AWS_SESSION_TOKEN: keys.sessionToken } : undefined
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...token,
    AWS_REGION: keys.region,
    AWS_DEFAULT_REGION: keys.region,
    AWS_ENDPOINT_URL: keys.endpointUrl,
  }
}
