import type { CredentialInput } from '@madang/api'
import type { OpenCredential } from '../store-credentials.ts'
import { Failure } from './failure.ts'
import { escapeXml } from './formats.ts'
import { elementAt, readXml, textAt } from './xml-document.ts'

// A credential as Jenkins' XML has it, by the class of its root element.

const KINDS: Record<string, OpenCredential['kind']> = {
  'com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl': 'usernamePassword',
  'org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl': 'secretText',
  'org.jenkinsci.plugins.plaincredentials.impl.FileCredentialsImpl': 'file',
  'com.cloudbees.jenkins.plugins.sshcredentials.impl.BasicSSHUserPrivateKey': 'sshKey',
}

const classOf = (kind: OpenCredential['kind']) =>
  Object.keys(KINDS).find((name) => KINDS[name] === kind)!

/** What stands where a secret is: sent back, it leaves the secret as it is. */
const REDACTED = 'secret-redacted'

type Read = (...path: string[]) => string

/** Reads what a client sends; `known` is the credential that it changes. */
export function readCredential(text: string, known?: OpenCredential): CredentialInput {
  const root = readXml(text)
  const kind = Object.hasOwn(KINDS, root.tagName) ? KINDS[root.tagName]! : undefined
  if (!kind) throw new Failure(400, `Credentials of the class ${root.tagName} are not kept here`)
  const read: Read = (...path) => {
    const isKept = elementAt(root, ...path, REDACTED) !== undefined
    return isKept ? secretOf(known, path.at(-1)!) : (textAt(root, ...path) ?? '')
  }
  const named = { id: read('id').trim(), description: read('description') }
  switch (kind) {
    case 'usernamePassword':
      return { ...named, kind, username: read('username'), password: read('password') }
    case 'secretText':
      return { ...named, kind, secret: read('secret') }
    case 'file':
      return {
        ...named,
        kind,
        fileName: read('fileName'),
        contentBase64: read('secretBytes').replace(/\s/g, ''),
      }
    case 'sshKey': {
      const passphrase = read('passphrase')
      const privateKey = read('privateKeySource', 'privateKey')
      const base = { ...named, kind, username: read('username'), privateKey }
      return passphrase === '' ? base : { ...base, passphrase }
    }
  }
}

/** Members that are secrets, by the name of their element. */
const SECRETS: Record<string, string> = {
  password: 'password',
  secret: 'secret',
  secretBytes: 'contentBase64',
  privateKey: 'privateKey',
  passphrase: 'passphrase',
}

function secretOf(known: OpenCredential | undefined, element: string): string {
  const kept = (known as Record<string, string> | undefined)?.[SECRETS[element] ?? '']
  if (kept === undefined) throw new Failure(400, `There is no ${element} that could be kept`)
  return kept
}

/** A credential as its XML, with no secret in it. */
export function credentialXml(open: OpenCredential, description: string): string {
  const hidden = `<${REDACTED}/>`
  const members: [string, string][] = [
    ['scope', 'GLOBAL'],
    ['id', escapeXml(open.id)],
    ['description', escapeXml(description)],
  ]
  if ('username' in open) members.push(['username', escapeXml(open.username)])
  if (open.kind === 'usernamePassword') members.push(['password', hidden])
  if (open.kind === 'secretText') members.push(['secret', hidden])
  if (open.kind === 'file') {
    members.push(['fileName', escapeXml(open.fileName)], ['secretBytes', hidden])
  }
  if ('passphrase' in open) members.push(['passphrase', hidden])
  const own = open.kind === 'sshKey' ? [keySource(hidden)] : []
  const lines = members.map(([name, text]) => `  <${name}>${text}</${name}>\n`)
  const name = classOf(open.kind)
  return `<${name}>\n${lines.join('')}${own.join('')}</${name}>`
}

const keySource = (text: string) =>
  `  <privateKeySource class="${classOf('sshKey')}$DirectEntryPrivateKeySource">\n` +
  `    <privateKey>${text}</privateKey>\n  </privateKeySource>\n`
