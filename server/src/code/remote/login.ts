import { refuse } from '../../kernel/index.ts'

/** How somebody else's host knows us. */
export type RemoteLogin =
  | { kind: 'none' }
  | { kind: 'password'; username: string; password: string }
  /** OpenSSH's private key format, and the lines of `known_hosts` that are to be believed. */
  | { kind: 'key'; privateKey: string; hostKeys?: string }

/** A repository elsewhere. Its `url` never holds a secret. */
export interface Remote {
  url: string
  login: RemoteLogin
}

/**
 * Reads what people paste: `git@host:path` becomes an ssh URL, and a password in an URL is taken
 * out of it. Throws `outgoingInvalid`.
 */
export function readRemote(text: string): { url: string; username: string; password: string } {
  const scp = /^([\w.-]+)@([\w.-]+):(?!\/\/)(?!\d+\/)([^\s]+)$/.exec(text)
  const url = URL.parse(scp ? `ssh://${scp[1]}@${scp[2]}/${scp[3]}` : text)
  if (!url || /[\u0000-\u0020\u007f]/.test(text)) {
    throw refuse('outgoingInvalid', { reason: 'it is no URL' })
  }
  const [username, password] = [url.username, url.password].map(decodeURIComponent)
  url.password = ''
  // For ssh the name belongs to the address (`git@`); for the web it is part of the secret.
  if (url.protocol !== 'ssh:') url.username = ''
  url.hash = ''
  return { url: url.href.replace(/\/+$/, ''), username: username!, password: password! }
}

export function basicOf(login: RemoteLogin): string | undefined {
  if (login.kind !== 'password') return undefined
  const pair = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  return `Basic ${pair}`
}
