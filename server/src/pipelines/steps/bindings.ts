import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { nodeMissing, type Scope } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import type { OpenCredential } from '../store-credentials.ts'
import { machineOf } from './machine.ts'
import { temporaryFolder } from './workspace.ts'

export interface Bound {
  variables: [string, string][]
  /** Folders of secret files, removed when the block ends. */
  folders: string[]
  /** Variables that are no secrets: user names. */
  open: string[]
}

/** Says which variables hold secrets, as Jenkins does. */
export function maskingLine({ variables, open }: Bound): string {
  const names = variables.map(([name]) => name).filter((name) => !open.includes(name))
  return `Masking supported pattern matches of ${names.map((name) => `$${name}`).join(' or ')}`
}

/** What Jenkins calls a kind in the form, and the Java type that a binding asks for. */
const SHOWN: Record<OpenCredential['kind'], string> = {
  secretText: 'Secret text',
  usernamePassword: 'Username with password',
  file: 'Secret file',
  sshKey: 'SSH Username with private key',
}
const WANTED: Record<OpenCredential['kind'], string> = {
  secretText: 'org.jenkinsci.plugins.plaincredentials.StringCredentials',
  usernamePassword: 'com.cloudbees.plugins.credentials.common.StandardUsernamePasswordCredentials',
  file: 'org.jenkinsci.plugins.plaincredentials.FileCredentials',
  sshKey: 'com.cloudbees.jenkins.plugins.sshcredentials.SSHUserPrivateKey',
}

const notFound = (text: string) =>
  hostError('org.jenkinsci.plugins.credentialsbinding.impl.CredentialNotFoundException', text)

/** Opens a credential of the run's project, and sees to it that the log never shows it. */
export async function openCredential<K extends OpenCredential['kind']>(
  scope: Scope,
  id: string,
  kinds: readonly K[],
): Promise<Extract<OpenCredential, { kind: K }>> {
  const { session } = scope
  const found = await session.parts.credentials.open(session.record.project, id)
  if (!found) {
    throw notFound(`Could not find credentials entry with ID '${id}'`)
  }
  if (!(kinds as readonly string[]).includes(found.kind)) {
    const expected = kinds.map((kind) => WANTED[kind]).join(' or ')
    throw notFound(
      `Credentials '${id}' is of type '${SHOWN[found.kind]}' where '${expected}' was expected`,
    )
  }
  for (const secret of secretsOf(found)) session.masks.add(secret)
  return found as Extract<OpenCredential, { kind: K }>
}

function secretsOf(credential: OpenCredential): string[] {
  switch (credential.kind) {
    case 'secretText':
      return [credential.secret]
    case 'usernamePassword':
      return [credential.password, `${credential.username}:${credential.password}`]
    case 'file':
      return [Buffer.from(credential.contentBase64, 'base64').toString('utf8')]
    case 'sshKey':
      return [credential.privateKey, credential.passphrase ?? '']
  }
}

/** A secret as a file that only this user reads (or runs), beside the workspace. */
export async function secretFile(
  scope: Scope,
  name: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<{ path: string; folder: string }> {
  if (!scope.node) throw nodeMissing('code')
  // The same place again after a restart: a program of before may still read it.
  const place = `${scope.session.record.id} ${scope.path} ${name}`
  const mark = createHash('sha256').update(place).digest('hex').slice(0, 16)
  const folder = join(temporaryFolder(scope), `secretFiles-${mark}`)
  const { files } = machineOf(scope)
  await files.makeFolder(folder, 0o700)
  const path = join(folder, name)
  // The variable's value, which the log hides as any other.
  scope.session.masks.add(path)
  await files.write(path, Buffer.from(content), { mode })
  return { path, folder }
}

/** `NAME = credentials('id')` of a Declarative environment. */
export async function bindEnvironment(scope: Scope, name: string, id: string): Promise<Bound> {
  const found = await openCredential(scope, id, [
    'secretText',
    'usernamePassword',
    'file',
    'sshKey',
  ])
  switch (found.kind) {
    case 'secretText':
      return { variables: [[name, found.secret]], folders: [], open: [] }
    case 'usernamePassword':
      return {
        variables: [
          [name, `${found.username}:${found.password}`],
          [`${name}_USR`, found.username],
          [`${name}_PSW`, found.password],
        ],
        folders: [],
        open: [`${name}_USR`],
      }
    case 'file': {
      const bytes = Buffer.from(found.contentBase64, 'base64')
      const file = await secretFile(scope, found.fileName, bytes)
      return { variables: [[name, file.path]], folders: [file.folder], open: [] }
    }
    case 'sshKey': {
      const file = await secretFile(scope, `ssh-key-${name}`, withLineEnd(found.privateKey))
      const phrase: [string, string][] = [[`${name}_PSW`, found.passphrase ?? '']]
      const variables: [string, string][] = [
        [name, file.path],
        [`${name}_USR`, found.username],
        ...(found.passphrase ? phrase : []),
      ]
      return { variables, folders: [file.folder], open: [`${name}_USR`] }
    }
  }
}

// OpenSSH takes a key without a line end for a broken one.
export const withLineEnd = (key: string) => (key.endsWith('\n') ? key : `${key}\n`)

export async function forget(scope: Scope, bound: Bound): Promise<void> {
  for (const folder of bound.folders) await machineOf(scope).files.remove(folder)
}
