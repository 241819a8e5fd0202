import { type Aws, AwsError, type RequestContext } from '../../gateway/index.ts'
import {
  type CustomerKey,
  keyForPart,
  keyForRead,
  proofOf,
  readCustomerKey,
} from './customer-key.ts'
import { type Bucket, bucketArn, type ObjectVersion, objectArn, type Sealing } from './model.ts'
import { accessDenied, invalidArgument, refusal } from './refusals.ts'
import { newSeal, type Seal } from './seal.ts'

/** What a write says of encryption. */
export interface EncryptionInput {
  ServerSideEncryption?: string | undefined
  SSEKMSKeyId?: string | undefined
  SSEKMSEncryptionContext?: string | undefined
  BucketKeyEnabled?: boolean | undefined
  SSECustomerAlgorithm?: string | undefined
  SSECustomerKey?: string | undefined
  SSECustomerKeyMD5?: string | undefined
}

/** How bytes are to be encrypted: what is kept of it, and what does it. */
export interface Encrypting {
  sealing: Sealing
  seal: Seal
}

function customerKeyOf(input: EncryptionInput, use: 'write' | 'read'): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: key, SSECustomerKeyMD5: keyMd5 } = input
  return readCustomerKey({ algorithm, key, keyMd5 }, use)
}

/** The key of a copy's source, as the operations that copy name it. */
export const sourceKeyOf = (input: {
  CopySourceSSECustomerAlgorithm?: string | undefined
  CopySourceSSECustomerKey?: string | undefined
  CopySourceSSECustomerKeyMD5?: string | undefined
}): EncryptionInput => ({
  SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
  SSECustomerKey: input.CopySourceSSECustomerKey,
  SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
})

const algorithms = new Set(['AES256', 'aws:kms', 'aws:kms:dsse'])

/** Nothing for SSE-S3: those bytes lie as the disk keeps them. */
export function encryptingFor(
  bucket: Bucket,
  key: string,
  input: EncryptionInput,
  ctx: RequestContext,
): Promise<Encrypting> | Encrypting | undefined {
  if (plain(bucket, input)) return undefined
  checkAlgorithm(input)
  const customer = customerKeyOf(input, 'write')
  if (customer) {
    checkNotBlocked(bucket, key, ctx)
    const seal = newSeal(customer.key)
    const keyProof = proofOf(customer.key)
    return { seal, sealing: { as: 'SSE-C', iv: seal.iv.toString('base64'), keyProof } }
  }
  const rule = bucket.settings.encryption?.Rules?.[0]
  const preset = rule?.ApplyServerSideEncryptionByDefault
  const as = input.ServerSideEncryption ?? preset?.SSEAlgorithm
  if (as !== 'aws:kms' && as !== 'aws:kms:dsse') return undefined
  const isPreset = input.ServerSideEncryption === undefined || preset?.SSEAlgorithm === as
  const keyId = input.SSEKMSKeyId ?? (isPreset ? preset?.KMSMasterKeyID : undefined)
  const wantsBucketKey = input.BucketKeyEnabled ?? rule?.BucketKeyEnabled ?? false
  const wanted = { as, keyId, hasBucketKey: wantsBucketKey && as === 'aws:kms' } as const
  const aws = ctx.as({ principal: ctx.principal, region: bucket.region })
  return wrappedBy(aws, bucket, key, wanted, readContext(input.SSEKMSEncryptionContext))
}

/** A key is one of the bucket's own region. */
function checkRegion(keyId: string, bucket: Bucket): void {
  const region = /^arn:[^:]+:kms:([^:]+):/.exec(keyId)?.[1]
  if (region === undefined || region === bucket.region) return
  throw refusal('KMS.NotFoundException', 400, `Invalid arn ${region}`)
}

/** A bucket may be told to take no more of the client's keys ("Blocking or unblocking SSE-C"). */
function checkNotBlocked({ name, settings }: Bucket, key: string, ctx: RequestContext): void {
  const blocked = settings.encryption?.Rules?.[0]?.BlockedEncryptionTypes?.EncryptionType
  if (!blocked?.includes('SSE-C')) return
  const action = ctx.operation === 'CopyObject' ? 'CopyObject' : 'PutObject'
  throw accessDenied(
    `User: ${ctx.principal.arn} is not authorized to perform: s3:${action} on resource: "${objectArn(name, key)}" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type`,
  )
}

/** The way of nearly every write. */
function plain({ settings }: Bucket, input: EncryptionInput): boolean {
  return (
    settings.encryption === undefined &&
    input.ServerSideEncryption === undefined &&
    input.SSEKMSKeyId === undefined &&
    input.SSECustomerAlgorithm === undefined &&
    input.SSECustomerKey === undefined &&
    input.SSECustomerKeyMD5 === undefined
  )
}

function checkAlgorithm(input: EncryptionInput): void {
  const { ServerSideEncryption: asked, SSEKMSKeyId } = input
  const header = 'x-amz-server-side-encryption'
  if (asked !== undefined && !algorithms.has(asked)) {
    throw invalidArgument(header, asked, 'The encryption method specified is not supported')
  }
  const hasCustomerKey =
    input.SSECustomerAlgorithm !== undefined || input.SSECustomerKey !== undefined
  if (asked !== undefined && hasCustomerKey) {
    throw invalidArgument(
      header,
      asked,
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    )
  }
  if (SSEKMSKeyId !== undefined && asked !== 'aws:kms' && asked !== 'aws:kms:dsse') {
    throw invalidArgument(
      header,
      asked ?? 'null',
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    )
  }
}

interface Wanted {
  as: 'aws:kms' | 'aws:kms:dsse'
  keyId: string | undefined
  hasBucketKey: boolean
}

/** A fresh data key from KMS, asked for as the caller, who needs `kms:GenerateDataKey`. */
export async function wrappedBy(
  { kms }: Pick<Aws, 'kms'>,
  bucket: Bucket,
  key: string,
  { as, keyId, hasBucketKey }: Wanted,
  given: Record<string, string>,
): Promise<Encrypting> {
  const arn = hasBucketKey ? bucketArn(bucket.name) : objectArn(bucket.name, key)
  const context = { ...given, 'aws:s3:arn': arn }
  const KeyId = keyId ?? 'alias/aws/s3'
  checkRegion(KeyId, bucket)
  const made = await asS3(() =>
    kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }),
  )
  const seal = newSeal(Buffer.from(made.Plaintext!))
  const sealing: Sealing = {
    as,
    iv: seal.iv.toString('base64'),
    keyArn: made.KeyId!,
    wrappedKey: Buffer.from(made.CiphertextBlob!).toString('base64'),
    context,
    ...(hasBucketKey && { hasBucketKey }),
  }
  return { sealing, seal }
}

/** A data key there is, under another key of KMS; the caller needs `kms:Encrypt` there. */
export async function wrappedAnew(
  { kms }: Pick<Aws, 'kms'>,
  bucket: Bucket,
  KeyId: string,
  dataKey: Buffer,
  EncryptionContext: Record<string, string>,
): Promise<Pick<Sealing, 'keyArn' | 'wrappedKey'>> {
  checkRegion(KeyId, bucket)
  const made = await asS3(() => kms.encrypt({ KeyId, Plaintext: dataKey, EncryptionContext }))
  return {
    keyArn: made.KeyId!,
    wrappedKey: Buffer.from(made.CiphertextBlob!).toString('base64'),
  }
}

function readContext(header: string | undefined): Record<string, string> {
  if (header === undefined) return {}
  const wrong = () =>
    invalidArgument(
      'x-amz-server-side-encryption-context',
      header,
      'The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map',
    )
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(header, 'base64').toString())
  } catch {
    throw wrong()
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong()
  if (Object.values(value).some((each) => typeof each !== 'string')) throw wrong()
  return value as Record<string, string>
}

/** KMS's refusals as S3 gives them on: `KMS.` before the name, except where access is denied. */
async function asS3<R>(ask: () => Promise<R>): Promise<R> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.status !== undefined && error.status >= 500) throw error
    if (error.code.startsWith('AccessDenied')) throw accessDenied(error.message)
    throw refusal(`KMS.${error.code}`, 400, error.message)
  }
}

/** The key that opens a version; nothing for one that isn't sealed. */
export async function keyToRead(
  bucket: Bucket,
  { meta: { sealing } }: Pick<ObjectVersion, 'meta'>,
  input: EncryptionInput,
  ctx: RequestContext,
): Promise<Buffer | undefined> {
  const customer = keyForRead(sealing, customerKeyOf(input, 'read'))
  if (customer || !sealing) return customer
  return unwrappedBy(ctx.as({ principal: ctx.principal, region: bucket.region }), sealing)
}

/** What seals a part of an upload that began with `sealing`. */
export async function sealOfPart(
  bucket: Bucket,
  sealing: Sealing | undefined,
  input: EncryptionInput,
  ctx: RequestContext,
): Promise<Seal | undefined> {
  const customer = keyForPart(sealing, customerKeyOf(input, 'write'))
  if (customer || !sealing) return customer && newSeal(customer)
  const aws = ctx.as({ principal: ctx.principal, region: bucket.region })
  return newSeal(await unwrappedBy(aws, sealing))
}

export async function unwrappedBy({ kms }: Pick<Aws, 'kms'>, sealing: Sealing): Promise<Buffer> {
  const opened = await asS3(() =>
    kms.decrypt({
      CiphertextBlob: Buffer.from(sealing.wrappedKey!, 'base64'),
      EncryptionContext: sealing.context,
      KeyId: sealing.keyArn,
    }),
  )
  return Buffer.from(opened.Plaintext!)
}

/** What answers say of it; the client's own key is told by the digest it sent. */
export function shownEncryption(sealing: Sealing | undefined, input: EncryptionInput) {
  if (!sealing) return { ServerSideEncryption: 'AES256' as const }
  if (sealing.as === 'SSE-C') {
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: input.SSECustomerKeyMD5 }
  }
  return {
    ServerSideEncryption: sealing.as,
    SSEKMSKeyId: sealing.keyArn,
    ...(sealing.hasBucketKey && { BucketKeyEnabled: true }),
  }
}
