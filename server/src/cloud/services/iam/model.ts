import { randomBytes } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'
import { type Tag, tagRecord } from './tags.ts'

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

/** What else a user can prove who it is with; absent in users made before these were built. */
export interface UserCredentials {
  login?: { passwordHash: string; createdAt: number; resetRequired: boolean; usedBefore: string[] }
  sshKeys?: SshPublicKey[]
  signingCertificates?: SigningCertificate[]
  serviceCredentials?: ServiceCredential[]
}

type Status = 'Active' | 'Inactive'

export interface SshPublicKey {
  id: string
  body: string
  fingerprint: string
  status: Status
  uploadedAt: number
}

export interface SigningCertificate {
  id: string
  body: string
  status: Status
  uploadedAt: number
}

export interface ServiceCredential {
  id: string
  service: string
  serviceUserName: string
  passwordHash: string
  status: Status
  createdAt: number
  expiresAt?: number
}

export interface User extends Holder, UserCredentials {
  groups: string[]
  keys: AccessKey[]
}

export type Group = Holder

export interface Role extends Holder {
  trust: string
  description?: string
  maxSessionS: number
  /** The service principal of a service-linked role. */
  linkedTo?: string
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

export interface MfaDevice extends Entity {
  /** Sealed base32 text. */
  sealedSeed: string
  /** The name of the user that has it on. */
  user?: string
  enabledAt?: number
  /** Taken off its user: out of the lists, and its name is free again. */
  isRetired?: boolean
}

export interface ServerCertificate extends Entity {
  body: string
  chain?: string
  sealedKey: string
  expiresAt: number
}

export interface OidcProvider extends Entity {
  clientIds: string[]
  thumbprints: string[]
}

export interface SamlProvider extends Entity {
  metadata: string
  uuid: string
  validUntil: number
  encryption: 'Required' | 'Allowed'
  privateKeys: { id: string; sealed: string; addedAt: number }[]
}

export interface PasswordPolicy {
  MinimumPasswordLength: number
  RequireSymbols: boolean
  RequireNumbers: boolean
  RequireUppercaseCharacters: boolean
  RequireLowercaseCharacters: boolean
  AllowUsersToChangePassword: boolean
  MaxPasswordAge?: number
  PasswordReusePrevention?: number
  HardExpiry?: boolean
}

export interface AccountSettings {
  aliases: string[]
  passwordPolicy?: PasswordPolicy
  /** The version of the tokens of STS's global endpoint: 1 or 2. */
  tokenVersion?: number
  report?: { csv: string; madeAt: number }
  /** Sealed private keys of the account's own OpenID issuer, by algorithm. */
  issuerKeys?: Record<string, string>
  isFederatingOut?: boolean
}

/** What was asked for and is looked up later by its id: deletions of roles, reports of use. */
export interface Task {
  createdAt: number
  body: unknown
}

export interface Kinds {
  user: User
  group: Group
  role: Role
  policy: ManagedPolicy
  profile: InstanceProfile
  settings: AccountSettings
  mfa: MfaDevice
  serverCertificate: ServerCertificate
  oidc: OidcProvider
  saml: SamlProvider
  task: Task
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
  serverCertificate: 'ASCA',
  publicKey: 'APKA',
  serviceCredential: 'ACCA',
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 21 characters; AWS's keys have 20, and the account in them (`keyId`). */
export function uniqueId(kind: keyof typeof idPrefixes): string {
  return idPrefixes[kind] + base32(randomBytes(17))
}

const base32 = (bytes: Uint8Array) => Array.from(bytes, (byte) => alphabet[byte & 31]).join('')

const ACCOUNT_MARK = 1n << 47n

/**
 * An access key's id: four letters, then in base 32 a set bit, the account in forty, and chance. So
 * AWS does it too, and GetAccessKeyInfo answers without looking anything up.
 */
export function keyId(kind: 'accessKey' | 'sessionKey', account: string): string {
  const random = randomBytes(5)
  const head = ACCOUNT_MARK | (BigInt(account) << 7n) | BigInt(random[4]! & 127)
  const all = (head << 32n) | BigInt(random.readUInt32BE(0))
  const letters = Array.from({ length: 16 }, (_, at) => {
    return alphabet[Number((all >> BigInt(75 - at * 5)) & 31n)]
  })
  return idPrefixes[kind] + letters.join('')
}

/** The account in a key's id, where its form has one. */
export function accountInKeyId(id: string): string | undefined {
  const letters = /^A[KS]IA([A-Z2-7]{16})$/.exec(id)?.[1]
  if (!letters) return undefined
  let all = 0n
  for (const letter of letters) all = (all << 5n) | BigInt(alphabet.indexOf(letter))
  const head = all >> 32n
  if ((head & ACCOUNT_MARK) === 0n) return undefined
  const account = (head & (ACCOUNT_MARK - 1n)) >> 7n
  return account > 999_999_999_999n ? undefined : account.toString().padStart(12, '0')
}

export const newSecret = (): string => randomBytes(30).toString('base64')

const arnNames = {
  user: 'user',
  group: 'group',
  role: 'role',
  policy: 'policy',
  profile: 'instance-profile',
  mfa: 'mfa',
  serverCertificate: 'server-certificate',
}

export function arnOf(account: string, kind: keyof typeof arnNames, path: string, name: string) {
  return `arn:aws:iam::${account}:${arnNames[kind]}${path}${name}`
}

export function newEntity(
  account: string,
  kind: Exclude<keyof typeof arnNames, 'mfa'>,
  given: { name: string; path: string | undefined; tags: Tag[] | undefined; now: number },
): Entity {
  const path = given.path ?? '/'
  return {
    name: given.name,
    path,
    arn: arnOf(account, kind, path, given.name),
    id: uniqueId(kind),
    createdAt: given.now,
    tags: tagRecord(given.tags),
  }
}

export const invalid = (message: string) =>
  new AwsError('ValidationError', message, { status: 400 })

export const invalidInput = (message: string) =>
  new AwsError('InvalidInput', message, { status: 400 })

export const noSuchEntity = (message: string) =>
  new AwsError('NoSuchEntity', message, { status: 404 })

const missing = {
  user: (name: string) => `The user with name ${name} cannot be found.`,
  group: (name: string) => `The group with name ${name} cannot be found.`,
  role: (name: string) => `The role with name ${name} cannot be found.`,
  policy: (arn: string) => `Policy ${arn} was not found.`,
  profile: (name: string) => `Instance Profile ${name} cannot be found.`,
  mfa: (serial: string) => `MFA Device with serial number ${serial} does not exist.`,
  serverCertificate: (name: string) => `The Server Certificate with name ${name} cannot be found.`,
}

export const noSuch = (kind: keyof typeof missing, name: string): AwsError =>
  noSuchEntity(missing[kind](name))

const existing = {
  user: (name: string) => `User with name ${name} already exists.`,
  group: (name: string) => `Group with name ${name} already exists.`,
  role: (name: string) => `Role with name ${name} already exists.`,
  policy: (name: string) =>
    `A policy called ${name} already exists. Duplicate names are not allowed.`,
  profile: (name: string) => `Instance Profile ${name} already exists.`,
  serverCertificate: (name: string) => `The Server Certificate with name ${name} already exists.`,
}

export const alreadyExists = (kind: keyof typeof existing, name: string): AwsError =>
  entityExists(existing[kind](name))

export const entityExists = (message: string) =>
  new AwsError('EntityAlreadyExists', message, { status: 409 })

export const deleteConflict = (message: string) =>
  new AwsError('DeleteConflict', message, { status: 409 })

/** DeleteConflict in its usual words: `before` is what has to be done first. */
export const deleteFirst = (before: string) =>
  deleteConflict(`Cannot delete entity, must ${before} first.`)

export const limitExceeded = (message: string) =>
  new AwsError('LimitExceeded', message, { status: 409 })

/** LimitExceeded by the quota's name, as `PoliciesPerUser`. */
export const overQuota = (quota: string, most: number) =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${most}`)
