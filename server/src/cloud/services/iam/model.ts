import { randomBytes } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'

/** What every IAM entity has. Moments are ms since the epoch. */
interface Entity {
  name: string
  path: string
  arn: string
  id: string
  createdAt: number
  tags: Record<string, string>
}

/** Users, groups and roles: what policies can be attached to. */
export interface Holder extends Entity {
  /** Policy ARNs in the order they were attached. */
  attached: string[]
  /** Inline policies: name → JSON text. */
  inline: Record<string, string>
  boundary?: string
}

export interface AccessKey {
  id: string
  /** Sealed; opened only by the credential lookup. */
  sealedSecret: string
  status: 'Active' | 'Inactive'
  createdAt: number
}

export interface User extends Holder {
  groups: string[]
  keys: AccessKey[]
}

export type Group = Holder

export interface Role extends Holder {
  trust: string
  description?: string
  maxSessionS: number
}

export interface PolicyVersion {
  id: string
  document: string
  createdAt: number
}

export interface ManagedPolicy extends Entity {
  description?: string
  versions: PolicyVersion[]
  defaultVersion: string
  /** The highest version number ever given; numbers aren't used again. */
  lastVersion: number
  updatedAt: number
}

export interface InstanceProfile extends Entity {
  roles: string[]
}

export interface AccountSettings {
  aliases: string[]
}

export interface Kinds {
  user: User
  group: Group
  role: Role
  policy: ManagedPolicy
  profile: InstanceProfile
  settings: AccountSettings
}

export type Kind = keyof Kinds

// Prefixes of unique ids: "IAM identifiers" in the IAM user guide.
const idPrefixes = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  profile: 'AIPA',
  accessKey: 'AKIA',
  sessionKey: 'ASIA',
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function uniqueId(kind: keyof typeof idPrefixes): string {
  return idPrefixes[kind] + Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join('')
}

export const newSecret = (): string => randomBytes(30).toString('base64')

const arnNames = {
  user: 'user',
  group: 'group',
  role: 'role',
  policy: 'policy',
  profile: 'instance-profile',
}

export function arnOf(account: string, kind: keyof typeof arnNames, path: string, name: string) {
  return `arn:aws:iam::${account}:${arnNames[kind]}${path}${name}`
}

export function newEntity(
  account: string,
  kind: keyof typeof arnNames,
  given: { name: string; path: string | undefined; tags: Tag[] | undefined; now: number },
): Entity {
  const path = checkPath(given.path ?? '/')
  return {
    name: given.name,
    path,
    arn: arnOf(account, kind, path, given.name),
    id: uniqueId(kind),
    createdAt: given.now,
    tags: tagRecord(given.tags),
  }
}

interface Tag {
  Key: string | undefined
  Value: string | undefined
}

export function tagRecord(tags: Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Names of users, groups, roles, policies: letters, digits and `+=,.@_-`. */
export function checkName(name: string | undefined, member: string, longest = 64): string {
  if (name === undefined || name === '') {
    throw invalid(
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
    )
  }
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw invalid(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    )
  }
  if (name.length > longest) {
    throw invalid(
      `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    )
  }
  return name
}

function checkPath(path: string): string {
  if (path.length <= 512 && /^(\/|\/[!-~]+\/)$/.test(path)) return path
  throw invalid(
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  )
}

export const invalid = (message: string) =>
  new AwsError('ValidationError', message, { status: 400 })

const nouns = {
  user: 'The user with name',
  group: 'The group with name',
  role: 'The role with name',
  policy: 'Policy',
  profile: 'Instance Profile',
}

export function noSuch(kind: keyof typeof nouns, name: string): AwsError {
  const tail = kind === 'policy' ? 'was not found.' : 'cannot be found.'
  return new AwsError('NoSuchEntity', `${nouns[kind]} ${name} ${tail}`, { status: 404 })
}

const existingNouns = {
  user: 'User with name',
  group: 'Group with name',
  role: 'Role with name',
  policy: 'A policy called',
  profile: 'Instance Profile',
}

export function alreadyExists(kind: keyof typeof nouns, name: string): AwsError {
  return new AwsError('EntityAlreadyExists', `${existingNouns[kind]} ${name} already exists.`, {
    status: 409,
  })
}

export const deleteConflict = (message: string) =>
  new AwsError('DeleteConflict', message, { status: 409 })

export const limitExceeded = (message: string) =>
  new AwsError('LimitExceeded', message, { status: 409 })
