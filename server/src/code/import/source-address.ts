import type { ImportSource } from '@madang/api'
import { publicKeyOf } from '../keys/index.ts'
import { readRemote, type RemoteLogin } from '../remote/index.ts'
import { type ApiSource, sourceNames } from './model.ts'
import { refuseImport } from './refuse.ts'

/** What is to be known of a source before it is asked anything. */
export interface SourceAddress {
  gitUrl: string
  /** `owner/name`; GitLab's may be deeper. Empty for plain git. */
  path: string
  /** Without a slash at its end; empty for plain git. */
  apiUrl: string
  username: string
  /** Over ssh the private key. */
  token: string
}

interface Given {
  source: ImportSource
  url: string
  apiUrl?: string | undefined
  username?: string | undefined
  token?: string | undefined
  privateKey?: string | undefined
}

/** Their own hosts have the API elsewhere; a self-hosted one has it below its pages. */
const PUBLIC_APIS: Record<string, string> = {
  'https://github.com': 'https://api.github.com',
  'https://bitbucket.org': 'https://api.bitbucket.org/2.0',
}
const API_PATHS: Record<ApiSource, string> = {
  github: '/api/v3',
  gitlab: '/api/v4',
  bitbucket: '/2.0',
  bitbucketServer: '/rest/api/1.0',
}

/**
 * Reads what a person gave. Throws `outgoingInvalid`, `importAddress`, `importSshNoApi`,
 * `importSshKey`.
 */
export function readSource(given: Given): SourceAddress {
  const read = readRemote(given.url)
  const username = given.username || read.username
  const token = given.token || read.password
  const { source } = given
  const url = new URL(read.url)
  if (url.protocol === 'ssh:') {
    if (source !== 'git') throw refuseImport('importSshNoApi')
    return { gitUrl: read.url, path: '', apiUrl: '', username: '', token: keyIn(given) }
  }
  if (source === 'git') return { gitUrl: read.url, path: '', apiUrl: '', username, token }
  if (!/^https?:$/.test(url.protocol)) {
    throw refuseImport('importAddress', { source: sourceNames[source], reason: url.protocol })
  }
  const { site, path, gitPath = path } = split(url, source)
  const apiUrl = given.apiUrl || PUBLIC_APIS[site] || `${site}${API_PATHS[source]}`
  if (!/^https?:\/\/[^/]+/.test(apiUrl)) {
    throw refuseImport('importAddress', { source: sourceNames[source], reason: apiUrl })
  }
  const gitUrl = `${site}/${gitPath}.git`
  return { gitUrl, path, apiUrl: apiUrl.replace(/\/+$/, ''), username, token }
}

function keyIn({ privateKey = '' }: Given): string {
  const key = `${privateKey}\n`
  if (publicKeyOf(key) === undefined) throw refuseImport('importSshKey')
  return key
}

/** A page's address may be of anything inside the repository: `…/tree/main`, `…/-/merge_requests`. */
function split(url: URL, source: ApiSource): { site: string; path: string; gitPath?: string } {
  if (source === 'bitbucketServer') return splitServer(url)
  const whole = url.pathname.replace(/\/-(\/.*)?$/, '').replace(/\.git$/, '')
  const parts = whole.split('/').filter(Boolean).map(decodeURIComponent)
  // Before the owner there may be the path a self-hosted server lives under; GitLab's groups nest.
  const used = source === 'gitlab' ? parts : parts.slice(0, 2)
  const isGood = used.length >= 2 && used.every((part) => /^[\w.~-]+$/.test(part) && part !== '..')
  if (!isGood) {
    const reason = 'owner/name is missing in it'
    throw refuseImport('importAddress', { source: sourceNames[source], reason })
  }
  return { site: url.origin, path: used.join('/') }
}

/**
 * Pages are at `/projects/KEY/repos/slug` or `/users/name/repos/slug`, git at `/scm/KEY/slug.git`,
 * all below the path the server lives under; a person's own project is `~name`.
 */
function splitServer(url: URL): { site: string; path: string; gitPath: string } {
  const path = decodeURIComponent(url.pathname)
  const page = /^(.*)\/(projects|users)\/(~?[\w.-]+)\/repos\/([\w.-]+)/.exec(path)
  const git = /^(.*)\/scm\/(~?[\w.-]+)\/([\w.-]+?)(\.git)?\/?$/.exec(path)
  const [, below = '', key, slug] = page
    ? [page[0], page[1], page[2] === 'users' ? `~${page[3]}` : page[3], page[4]]
    : (git ?? [])
  if (!key || !slug || slug === '..') {
    const reason = 'projects/KEY/repos/name is missing in it'
    throw refuseImport('importAddress', { source: sourceNames.bitbucketServer, reason })
  }
  const isGood = below.split('/').every((part) => part !== '..')
  const site = `${url.origin}${isGood ? below : ''}`
  return { site, path: `${key}/${slug}`, gitPath: `scm/${key}/${slug}` }
}

/** The names under which the hosts take a token as git's password. */
const TOKEN_USERS: Record<ImportSource, string> = {
  github: 'x-access-token',
  gitlab: 'oauth2',
  bitbucket: 'x-token-auth',
  bitbucketServer: 'x-token-auth',
  git: 'git',
}

export function gitLogin(source: ImportSource, username: string, token: string): RemoteLogin {
  if (token === '') return { kind: 'none' }
  // Atlassian's API tokens go with an e-mail at the API, which git there does not take.
  const isMail = source === 'bitbucket' && username.includes('@')
  const own = isMail ? 'x-bitbucket-api-token-auth' : username
  return { kind: 'password', username: own || TOKEN_USERS[source], password: token }
}

export function apiHeaders(
  source: ImportSource,
  username: string,
  token: string,
): Record<string, string> {
  const accept = source === 'github' ? 'application/vnd.github+json' : 'application/json'
  const headers = {
    accept,
    ...(source === 'github' ? { 'x-github-api-version': '2022-11-28' } : {}),
  }
  if (token === '') return headers
  if (source === 'gitlab') return { ...headers, 'private-token': token }
  if (username === '' || source === 'github')
    return { ...headers, authorization: `Bearer ${token}` }
  const pair = Buffer.from(`${username}:${token}`).toString('base64')
  return { ...headers, authorization: `Basic ${pair}` }
}
