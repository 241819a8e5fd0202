import { describe, expect, it } from 'vitest'
import { checkPolicy } from './index.ts'

const refusal = (document: unknown, kind: 'identity' | 'inline' = 'identity') => {
  try {
    checkPolicy(typeof document === 'string' ? document : JSON.stringify(document), kind)
  } catch (error) {
    return (error as Error).message
  }
  return 'fine'
}

const bucket = 'arn:aws:s3:::yard'
const plain = { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket }
const one = (statement: object) => ({ Version: '2012-10-17', Statement: statement })
const where = (Condition: unknown) => one({ ...plain, Condition })
const on = (Resource: unknown) => one({ ...plain, Resource })

const syntax = 'Syntax errors in policy.'
const legacy = 'The policy failed legacy parsing'
const version = 'Policy document must be version 2012-10-17 or greater.'
const actions = 'Policy statement must contain actions.'
const resources = 'Policy statement must contain resources.'
const sids = 'Statement IDs (SID) in a single policy must be unique.'
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const colon = 'Actions/Condition can contain only one colon.'
const twice = [
  { ...plain, Sid: 'a' },
  { Sid: 'a', Effect: 'Allow' },
]

// Which fault wins, and its words, are the real service's; the documents are our own.
describe('an identity policy is refused', () => {
  it.each<[string, unknown]>([
    [syntax, 'hello'],
    [syntax, { Version: '2012-10-17' }],
    [syntax, { Version: '2020-01-01', Statement: plain }],
    [syntax, { Version: '2012-10-17', Id: {}, Statement: plain }],
    [syntax, { Version: '2012-10-17', Statement: plain, More: 1 }],
    [syntax, one([])],
    [syntax, one(['text'] as unknown as object)],
    [syntax, one({ ...plain, Sid: [] })],
    [syntax, one({ ...plain, Effect: 'Perhaps' })],
    [syntax, one({ Action: 's3:*', Resource: bucket })],
    [syntax, one({ ...plain, Action: [[]] })],
    [syntax, one({ ...plain, NotAction: [] })],
    [syntax, one({ ...plain, NotResource: '*' })],
    [syntax, on({ a: bucket })],
    [syntax, where([])],
    [syntax, where('a')],
    [syntax, where({ DateGreaterThan: 'b' })],
    [syntax, where({ DateGreaterThan: { a: {} } })],
    [syntax, where({ Unheard: { a: '1' } })],
    [syntax, where({ 'ForAnyValue::StringEquals': { a: '1' } })],
    [version, { Statement: plain }],
    [version, { Version: '2008-10-17', Statement: plain }],
    [version, { Statement: { ...plain, Effect: 'denY' } }],
    [version, { Statement: twice }],
    [legacy, one({ ...plain, Effect: 'allow' })],
    [legacy, one({ Effect: 'ALLOW', Resource: 'arn:aws:s3:eu-west-1::yard' })],
    [legacy, where({ DateLessThan: { a: 'tomorrow' } })],
    [legacy, where({ DateLessThan: { a: '2026-13' } })],
    [legacy, where({ DateLessThan: { a: '9223372036854775808' } })],
    [legacy, where({ DateLessThan: { a: '2026-11-22t2:00:00.5+1' } })],
    [legacy, on('arn:aws:s3::yard')],
    [legacy, on('arn:aws::::yard')],
    [legacy, one({ Effect: 'Allow', Resource: 'arn:aws:s3::yard' })],
    [sids, one(twice)],
    [actions, one({ Effect: 'Allow', Resource: bucket })],
    [actions, one({ ...plain, Action: [] })],
    [actions, one([{ Effect: 'Deny' }, plain])],
    [resources, one({ Effect: 'Allow', Action: 's3:ListBucket' })],
    [resources, one({ Effect: 'Allow', Action: 'nonsense' })],
    [resources, on([])],
    ['Resource yard must be in ARN format or "*".', on('yard')],
    ['Resource  must be in ARN format or "*".', on('')],
    [
      'Resource yard must be in ARN format or "*".',
      one({ ...plain, Action: 's:3:x', Resource: 'yard' }),
    ],
    ['Partition "b" is not valid for resource "arn:b:c:*:*:*".', on('a:b:c')],
    ['Partition "s3" is not valid for resource "arn:s3:::yard:*".', on('aws:s3:::yard')],
    ['Resource vendor must be fully qualified and cannot contain regexes.', on('arn:aws')],
    [
      `Resource arn:aws:s3:eu-west-1::yard can not contain region information.`,
      on('arn:aws:s3:eu-west-1::yard'),
    ],
    [
      `IAM resource arn:aws:iam:eu-west-1::yard cannot contain region information.`,
      on('arn:aws:iam:eu-west-1::yard'),
    ],
    [
      'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
      on('arn:aws:iam:::yard'),
    ],
    [vendor, one({ ...plain, Action: 'ListBucket' })],
    [vendor, one({ Effect: 'Allow', NotAction: '', Resource: '*' })],
    ['Vendor a a is not valid', one({ ...plain, Action: 'a a:List' })],
    [colon, one({ ...plain, Action: 's3:List:Bucket' })],
  ])('%s ← %j', (expected, document) => {
    expect(refusal(document)).toBe(expected)
  })
})

describe('an identity policy is taken', () => {
  it.each<[unknown]>([
    [one({ ...plain, Action: 'iam: with blanks ' })],
    [one({ ...plain, Action: 's3.x-y:List' })],
    [on('arn:aws:iam:::user/minji')],
    [on('arn:aws:iam::*:role/${aws:PrincipalTag/team}*')],
    [on('arn:aws:nothing')],
    [on('arn:aws:s3:us-west-2:123456789012:accesspoint/a/object/*')],
    [where({})],
    [where({ Unheard: {} })],
    [where({ DateGreaterThan: { a: [] } })],
    [where({ DateGreaterThan: { a: '01T' } })],
    [where({ DateGreaterThan: { a: '-292275054' } })],
    [where({ DateLessThanEquals: { a: '2016-12-13T21:20:37.593194+00:00' } })],
    [where({ DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+23' } })],
    [where({ 'ForAnyValue:StringEqualsIfExists': { a: 'b' } })],
    [
      one([
        { ...plain, Sid: '' },
        { ...plain, Sid: '' },
      ]),
    ],
  ])('%j', (document) => {
    expect(refusal(document)).toBe('fine')
  })
})

describe('an inline policy', () => {
  it.each([{ Statement: plain }, { Version: '2008-10-17', Statement: plain }])(
    'may be of 2008, as one without a version is',
    (document) => {
      expect(refusal(document, 'inline')).toBe('fine')
    },
  )

  it('may be of no other', () => {
    expect(refusal({ Version: '2020-01-01', Statement: plain }, 'inline')).toBe(syntax)
  })
})
