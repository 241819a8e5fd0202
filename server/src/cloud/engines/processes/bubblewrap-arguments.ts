import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import type { Confinement } from './port.ts'

/** Programs and libraries of the machine; where a distribution has them as links, links they stay. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store']

/** What programs need to find names, hosts and certificates; nothing else of `/etc` is seen. */
const settings = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'pki',
  'protocols',
  'resolv.conf',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
].map((name) => `/etc/${name}`)

/** The read-only system, the same for every process of a server. */
export function systemArguments(): string[] {
  const links = system.filter(existsSync).flatMap((path) => {
    if (lstatSync(path).isSymbolicLink()) return ['--symlink', readlinkSync(path), path]
    return ['--ro-bind', path, path]
  })
  const files = settings
    .filter(existsSync)
    .flatMap((path) => ['--ro-bind', realpathSync(path), path])
  return [...links, ...files, '--proc', '/proc', '--dev', '/dev']
}

export interface Given {
  system: string[]
  /** Files that name the user and the group inside. */
  names: { passwd: string; group: string }
  /** Whether `/tmp` can be limited (`--size`, since bubblewrap 0.8). */
  limitsTmp: boolean
}

export function bubblewrapArguments(given: Given, confined: Confinement, cwd: string): string[] {
  const { user, readOnly, temporary, temporaryBytes } = confined
  const tmp = given.limitsTmp
    ? ['--size', String(temporaryBytes), '--tmpfs', '/tmp']
    : ['--bind', temporary, '/tmp']
  const kept = readOnly.flatMap(({ from, at }) => ['--ro-bind', from, at])
  const names = [
    '--ro-bind',
    given.names.passwd,
    '/etc/passwd',
    '--ro-bind',
    given.names.group,
    '/etc/group',
  ]
  const ids = ['--uid', String(user.uid), '--gid', String(user.gid)]
  return [namespaces, ids, given.system, names, tmp, kept, noOtherPlaces, ['--chdir', cwd]].flat()
}

const namespaces = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--hostname',
  'localhost',
  '--die-with-parent',
]

/** Neither the root nor /dev/shm is a place to write: both would have no limit. */
const noOtherPlaces = ['--remount-ro', '/dev', '--remount-ro', '/']
