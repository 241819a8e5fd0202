import { aclGroups } from './acl-model.ts'
import type { Acl, AclGrant, AclPermission, CannedAcl } from './model.ts'
import { accessDenied, invalidArgument, invalidRequest, refusal } from './refusals.ts'
import type { AccessControlPolicy, Grantee } from './sdk-shapes.ts'

// How a request says an ACL: a canned name, `x-amz-grant-…` headers, or a document. One of the three.

const canned = new Set<string>([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'aws-exec-read',
  'log-delivery-write',
])

export interface AclHeaders {
  ACL?: string | undefined
  GrantFullControl?: string | undefined
  GrantRead?: string | undefined
  GrantReadACP?: string | undefined
  GrantWrite?: string | undefined
  GrantWriteACP?: string | undefined
}

const headers: [keyof AclHeaders, string, AclPermission][] = [
  ['GrantFullControl', 'x-amz-grant-full-control', 'FULL_CONTROL'],
  ['GrantRead', 'x-amz-grant-read', 'READ'],
  ['GrantWrite', 'x-amz-grant-write', 'WRITE'],
  ['GrantReadACP', 'x-amz-grant-read-acp', 'READ_ACP'],
  ['GrantWriteACP', 'x-amz-grant-write-acp', 'WRITE_ACP'],
]

function checkCanned(acl: string | undefined): CannedAcl | undefined {
  if (acl === undefined || canned.has(acl)) return acl as CannedAcl | undefined
  throw invalidArgument('x-amz-acl', acl, '')
}

/** The ACL the headers ask for, or undefined; throws in S3's words. */
export function readAclHeaders(input: AclHeaders): Acl | undefined {
  if (input.ACL !== undefined) {
    if (headers.some(([member]) => input[member] !== undefined)) {
      throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed')
    }
    return checkCanned(input.ACL)
  }
  let grants: AclGrant[] | undefined
  for (const [member, header, permission] of headers) {
    const value = input[member]
    if (value === undefined) continue
    grants = [...(grants ?? []), ...readGrantHeader(header, value, permission)]
  }
  return grants
}

function readGrantHeader(header: string, value: string, permission: AclPermission): AclGrant[] {
  return value.split(',').map((each) => {
    const match = /^\s*(\w+)\s*=\s*"?([^"]*)"?\s*$/.exec(each)
    const [, type = '', who = ''] = match ?? []
    if (type === 'uri') {
      if (!aclGroups.has(who)) throw invalidArgument('uri', who, 'Invalid group uri')
      return { to: { uri: who }, permission }
    }
    if (type === 'id') return { to: { id: checkId(who, 'id') }, permission }
    if (type === 'emailAddress') throw noEmail()
    throw invalidArgument(header, value, 'Argument format not recognized')
  })
}

function checkId(id: string, argument: string): string {
  if (/^[0-9a-f]{64}$/i.test(id)) return id.toLowerCase()
  throw invalidArgument(argument, id, 'Invalid id')
}

// Grants by e-mail address are no longer taken ("x-amz-acl", end of support, October 2025).
const noEmail = () =>
  refusal('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: 'PUT',
    ResourceType: 'ACL',
  })

const malformedAcl = () =>
  refusal(
    'MalformedACLError',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

const permissions = new Set<string>(headers.map(([, , permission]) => permission))

// "Access control list (ACL) overview": up to 100 grants, which the document's schema holds.
const MOST_GRANTS = 100

/** The grants of an `AccessControlPolicy` document whose resource belongs to `owner`. */
export function readAclDocument(policy: AccessControlPolicy, owner: string): AclGrant[] {
  const { Owner, Grants } = policy
  if (!Owner?.ID || !Grants || Grants.length > MOST_GRANTS) throw malformedAcl()
  if (checkId(Owner.ID, 'CanonicalUser/ID') !== owner) throw accessDenied()
  return Grants.map(({ Grantee, Permission }) => {
    if (!Grantee || !Permission || !permissions.has(Permission)) throw malformedAcl()
    return { to: readGrantee(Grantee), permission: Permission }
  })
}

function readGrantee({ Type, ID, URI, EmailAddress }: Grantee): AclGrant['to'] {
  if (Type === 'Group' && URI !== undefined) {
    if (!aclGroups.has(URI)) throw invalidArgument('Group/URI', URI, 'Invalid group uri')
    return { uri: URI }
  }
  if (Type === 'CanonicalUser' && ID !== undefined) return { id: checkId(ID, 'CanonicalUser/ID') }
  if (Type === 'AmazonCustomerByEmail' && EmailAddress !== undefined) {
    throw noEmail()
  }
  throw malformedAcl()
}
