import { timingSafeEqual } from 'node:crypto'
import { AwsError } from './error.ts'
import type { KnownCredential } from './ports.ts'
import type { Principal } from './service.ts'
import { isSignedBy } from './sigv2.ts'
import { algorithm, signingKey, timeOfAmzDate } from './sigv4-canonical.ts'
import { credentialFault } from './sigv4-claim.ts'
import * as refuse from './sigv4-refusals.ts'

// A browser's form upload signs its policy, in fields instead of headers ("Browser-based uploads
// using POST"), by either signature version. Names of fields are lower-case here.

interface Holder {
  principal: Principal
  /** Undefined in open mode for a key nobody knows. */
  credential: KnownCredential | undefined
}

interface SignedForm {
  accessKeyId: string
  signature: string
  isSignedBy(credential: KnownCredential): boolean
  region?: string
}

/** Who signed the form; undefined for one without a signature. Throws AwsError in S3's words. */
export async function verifyForm(
  fields: ReadonlyMap<string, string>,
  holderOf: (accessKeyId: string) => Promise<Holder>,
  now: number,
): Promise<{ principal: Principal; region?: string } | undefined> {
  const policy = fields.get('policy')
  const form = newForm(fields, policy ?? '') ?? oldForm(fields, policy ?? '')
  if (!form) return undefined
  const { principal, credential } = await holderOf(form.accessKeyId)
  if (credential) {
    if (credential.expiresAt !== undefined && now >= credential.expiresAt) {
      throw refuse.expiredToken('s3')
    }
    if (credential.sessionToken !== fields.get('x-amz-security-token'))
      throw refuse.wrongToken('s3')
    if (!form.isSignedBy(credential)) {
      const { accessKeyId, signature } = form
      throw refuse.wrongSignature('s3', { accessKeyId, signature, stringToSign: policy ?? '' })
    }
  }
  return { principal, ...(form.region && { region: form.region }) }
}

const required = ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'policy', 'x-amz-signature']

function newForm(fields: ReadonlyMap<string, string>, policy: string): SignedForm | undefined {
  if (!required.some((name) => name !== 'policy' && fields.has(name))) return undefined
  for (const name of required) if (!fields.has(name)) throw missing(name)
  const signature = fields.get('x-amz-signature')!
  const credential = fields.get('x-amz-credential')!
  const parts = credential.split('/')
  const region = parts.at(-3)!
  const scope = parts.slice(-4).join('/')
  checkForm(fields, parts)
  return {
    accessKeyId: parts.slice(0, -4).join('/'),
    signature,
    region,
    isSignedBy({ secretAccessKey }) {
      const expected = signingKey(secretAccessKey, scope).hex(policy)
      const [a, b] = [Buffer.from(expected), Buffer.from(signature)]
      return a.length === b.length && timingSafeEqual(a, b)
    },
  }
}

function oldForm(fields: ReadonlyMap<string, string>, policy: string): SignedForm | undefined {
  const accessKeyId = fields.get('awsaccesskeyid')
  const signature = fields.get('signature')
  if (accessKeyId === undefined && signature === undefined) return undefined
  if (accessKeyId === undefined) throw missing('awsaccesskeyid')
  if (signature === undefined) throw missing('signature')
  if (!fields.has('policy')) throw missing('policy')
  return {
    accessKeyId,
    signature,
    isSignedBy: (credential) => isSignedBy(credential, policy, signature),
  }
}

const missing = (name: string) =>
  new AwsError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${fieldNames[name] ?? name}'.  If it is specified, please check the order of the fields.`,
    { status: 400, members: { ArgumentName: fieldNames[name] ?? name, ArgumentValue: '' } },
  )

const fieldNames: Record<string, string> = {
  'x-amz-credential': 'X-Amz-Credential',
  'x-amz-algorithm': 'X-Amz-Algorithm',
  'x-amz-date': 'X-Amz-Date',
  'x-amz-signature': 'X-Amz-Signature',
  awsaccesskeyid: 'AWSAccessKeyId',
  signature: 'Signature',
}

const wrong = (name: string, value: string, message: string) =>
  new AwsError('InvalidArgument', message, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: value },
  })

function checkForm(fields: ReadonlyMap<string, string>, parts: string[]): void {
  const said = fields.get('x-amz-algorithm')!
  if (said !== algorithm) throw wrong('X-Amz-Algorithm', said, `Only ${algorithm} is supported`)
  const date = fields.get('x-amz-date')!
  if (timeOfAmzDate(date) === undefined) {
    throw wrong('X-Amz-Date', date, 'X-Amz-Date must be formated via ISO8601 Long format')
  }
  const fault = credentialFault(parts) ?? serviceFault(parts.at(-2))
  if (fault) throw wrong('X-Amz-Credential', parts.join('/'), fault)
}

function serviceFault(service: string | undefined): string | undefined {
  if (service === 's3') return undefined
  return `incorrect service "${service}". This endpoint belongs to "s3".`
}
