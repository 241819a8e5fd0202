/** What a member has to be; for a list `max` counts its items and `item` is about each. */
export interface Rule {
  min?: number
  max?: number
  pattern?: string
  values?: string[]
  item?: Rule
  /** Spelled out among a list's item constraints. */
  notNull?: boolean
  /** A list of `{ Key, Value }`. */
  tags?: boolean
}

const text = (min: number, max: number, pattern?: string): Rule =>
  pattern === undefined ? { min, max } : { min, max, pattern }
const range = (min: number, max: number): Rule => ({ min, max })
const one = (...values: string[]): Rule => ({ values })

// Given in the API reference as `\u0009\u000A\u000D\u0020-\u00FF`.
const LATIN = String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`
const DESCRIPTION = String.raw`[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`
const WORD = String.raw`[\w]+`
const NAME = String.raw`[\w+=,.@-]+`

const arn = text(20, 2048)
const name = text(1, 128)
const document = text(1, 131_072, LATIN)
const documents: Rule = { item: document }
const publicKeyId = text(20, 128, WORD)

/** Of each member, wherever it is used: API reference of IAM, version 2010-05-08. */
const rules: Record<string, Rule> = {
  AWSServiceName: text(1, 128, NAME),
  AccessKeyId: text(16, 128, WORD),
  AccountAlias: text(3, 63, '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$'),
  ActionNames: { item: text(3, 128) },
  AddPrivateKey: text(1, 16_384, LATIN),
  Arn: arn,
  AssertionEncryptionMode: one('Required', 'Allowed'),
  AssignmentStatus: one('Assigned', 'Unassigned', 'Any'),
  AssumeRolePolicyDocument: document,
  AuthenticationCode1: text(6, 6, String.raw`[\d]+`),
  AuthenticationCode2: text(6, 6, String.raw`[\d]+`),
  CallerArn: text(1, 2048),
  CertificateBody: text(1, 16_384, LATIN),
  CertificateChain: text(1, 2_097_152, LATIN),
  CertificateId: text(24, 128, WORD),
  ClientID: text(1, 255),
  ClientIDList: { item: text(1, 255) },
  CredentialAgeDays: range(1, 36_600),
  CustomSuffix: text(1, 64, NAME),
  DeletionTaskId: text(1, 1000),
  Description: { max: 1000, pattern: DESCRIPTION },
  Encoding: one('SSH', 'PEM'),
  EntityFilter: one('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'),
  GlobalEndpointTokenVersion: one('v1Token', 'v2Token'),
  Granularity: one('SERVICE_LEVEL', 'ACTION_LEVEL'),
  GroupName: name,
  InstanceProfileName: name,
  JobId: text(36, 36),
  Marker: text(1, 320, String.raw`[\u0020-\u00FF]+`),
  MaxItems: range(1, 1000),
  MaxPasswordAge: range(1, 1095),
  MaxSessionDuration: range(3600, 43_200),
  MinimumPasswordLength: range(6, 128),
  Name: text(1, 128, String.raw`[\w._-]+`),
  NewGroupName: name,
  NewPassword: text(1, 128, LATIN),
  NewPath: text(1, 512),
  NewServerCertificateName: text(1, 128, NAME),
  NewUserName: text(1, 64),
  OldPassword: text(1, 128, LATIN),
  OpenIDConnectProviderArn: arn,
  Password: text(1, 128, LATIN),
  PasswordReusePrevention: range(1, 24),
  Path: text(1, 512),
  PathPrefix: text(1, 512),
  PermissionsBoundary: arn,
  PermissionsBoundaryPolicyInputList: documents,
  PolicyArn: arn,
  PolicyDocument: document,
  PolicyInputList: documents,
  PolicyName: name,
  PolicySourceArn: arn,
  PolicyUsageFilter: one('PermissionsPolicy', 'PermissionsBoundary'),
  PrivateKey: text(1, 16_384, LATIN),
  RemovePrivateKey: text(22, 64, '[A-Z0-9]+'),
  ResourceArns: { item: text(1, 2048) },
  ResourceHandlingOption: text(1, 64),
  ResourceOwner: text(1, 2048),
  ResourcePolicy: document,
  RoleName: text(1, 64),
  SAMLMetadataDocument: text(1000, 10_000_000),
  SAMLProviderArn: arn,
  SSHPublicKeyBody: text(1, 16_384, LATIN),
  SSHPublicKeyId: publicKeyId,
  Scope: one('All', 'AWS', 'Local'),
  SerialNumber: text(9, 256, String.raw`[\w+=/:,.@-]+`),
  ServerCertificateName: text(1, 128, NAME),
  ServiceNamespace: text(1, 64, String.raw`[\w-]*`),
  ServiceNamespaces: { max: 200, item: text(1, 64, String.raw`[\w-]*`) },
  ServiceSpecificCredentialId: publicKeyId,
  SortKey: one(
    'SERVICE_NAMESPACE_ASCENDING',
    'SERVICE_NAMESPACE_DESCENDING',
    'LAST_AUTHENTICATED_TIME_ASCENDING',
    'LAST_AUTHENTICATED_TIME_DESCENDING',
  ),
  Status: one('Active', 'Inactive', 'Expired'),
  TagKeys: {
    max: 50,
    item: { ...text(1, 128, String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`), notNull: true },
  },
  Tags: { max: 50, tags: true },
  ThumbprintList: { item: text(40, 40) },
  Url: text(1, 255),
  UserName: name,
  VersionId: { pattern: String.raw`v[1-9][0-9]*(\.[A-Za-z0-9-]*)?` },
  VirtualMFADeviceName: { min: 1, pattern: NAME },
}

// A user's name is shorter where it is given than where one is looked for.
const shortUserNames = new Set([
  'CreateUser',
  'CreateLoginProfile',
  'UpdateLoginProfile',
  'AttachUserPolicy',
  'DetachUserPolicy',
  'CreateServiceSpecificCredential',
])

export function ruleOf(operation: string, member: string): Rule | undefined {
  if (member === 'UserName' && shortUserNames.has(operation)) return { min: 1, max: 64 }
  if (member === 'Description' && operation === 'CreatePolicy') return { max: 1000 }
  return rules[member]
}
