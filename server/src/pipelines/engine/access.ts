import { join } from 'node:path'
import type { AwsCredentials } from '../ports.ts'
import type { AwsKeys, AwsScope } from './aws-scope.ts'
import type { NodeLease } from './nodes.ts'
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
  variables(place: ProgramPlace): Promise<Record<string, string>>
  keys(aws: AwsScope | undefined): Promise<AwsKeys & { region: string; endpointUrl: string }>
  /** What lies on a node for the run's programs goes with its `node` block. */
  leave(node: NodeLease): Promise<void>
  revoke(): Promise<void>
}

/** Where a program runs, and as whom in the cloud. */
interface ProgramPlace {
  aws?: AwsScope | undefined
  node?: NodeLease | undefined
}

export function createAccess(session: Session): Access {
  let token: Promise<{ token: string; id: string; expiresAtMs: number }> | undefined
  let keys: Promise<AwsCredentials> | undefined
  const placed = new Map<string, Promise<Record<string, string>>>()

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
  const sshFor = async (node: NodeLease | undefined) => {
    if (!node) return undefined
    const name = nameOf(node)
    const made = placed.get(name) ?? sshVariables(session, node)
    placed.set(name, made)
    try {
      return await made
    } catch (error) {
      // An agent that was away: the next program tries again.
      placed.delete(name)
      throw error
    }
  }
  return {
    keys: keysFor,
    async variables({ aws, node }) {
      const [{ token: text }, used] = await Promise.all([ownToken(), keysFor(aws)])
      return { ...gitVariables(session, text), ...(await sshFor(node)), ...awsVariables(used) }
    },
    async leave(node) {
      const wasPlaced = await placed.get(nameOf(node))
      placed.delete(nameOf(node))
      if (!wasPlaced?.['GIT_SSH_COMMAND']) return
      await session.parts.agents.machineOf(node).files.remove(sshFolder(session, node))
    },
    async revoke() {
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

const nameOf = ({ name, workspace }: NodeLease) => `${name} ${workspace}`

/** Beside the workspace, where containers have it under the same name. */
const sshFolder = ({ record }: Session, { workspace }: NodeLease) =>
  join(`${workspace}@tmp`, `ssh-${record.id}`)

/**
 * The repository's own key and known hosts, for git over SSH in the run's programs. Both lie on the
 * machine of the node while its block lasts: ssh takes them from files only.
 */
async function sshVariables(session: Session, node: NodeLease): Promise<Record<string, string>> {
  const found = await session.parts.ssh.ofRun(session.record)
  if (!found) return {}
  const { privateKey, knownHosts } = found
  const { files } = session.parts.agents.machineOf(node)
  const folder = sshFolder(session, node)
  const write = (path: string, text: string) =>
    files.write(path, Buffer.from(text), { mode: 0o600 })
  await files.makeFolder(folder, 0o700)
  const hosts = join(folder, 'known_hosts')
  await write(hosts, knownHosts.map((line) => `${line}\n`).join(''))
  const command = ['ssh', '-o', 'BatchMode=yes', '-o', `'UserKnownHostsFile="${hosts}"'`]
  if (privateKey !== undefined) {
    const key = join(folder, 'id')
    await write(key, privateKey)
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
