import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { type Place, parameterArn, type Tier, type Version } from './model.ts'
import { badKey, invalid } from './refusals.ts'

/** The key of an account's parameters where none is named. */
export const OWN_KEY = 'alias/aws/ssm'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

const contextOf = (place: Place, name: string) => ({ PARAMETER_ARN: parameterArn(place, name) })

/**
 * A value as it is kept, asked of KMS as the caller: standard ones encrypted by the key itself, advanced
 * ones under a data key of it (developer guide, "How AWS Systems Manager Parameter Store uses AWS KMS").
 */
export async function seal(
  at: { place: Place; name: string; keyId: string; tier: Tier },
  value: string,
  ctx: RequestContext,
): Promise<string> {
  const given = { KeyId: at.keyId, EncryptionContext: contextOf(at.place, at.name) }
  const plain = Buffer.from(value)
  if (at.tier === 'Standard') {
    const { CiphertextBlob } = await asked(ctx, () =>
      ctx.aws.kms.encrypt({ ...given, Plaintext: plain }),
    )
    return Buffer.from(CiphertextBlob!).toString('base64')
  }
  const made = await asked(ctx, () =>
    ctx.aws.kms.generateDataKey({ ...given, NumberOfBytes: KEY_BYTES }),
  )
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', made.Plaintext!, nonce)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  const size = Buffer.alloc(2)
  size.writeUInt16BE(made.CiphertextBlob!.length)
  // [blob's length: 2][blob][nonce: 12][tag: 16][AES-256-GCM].
  const all = [size, made.CiphertextBlob!, nonce, cipher.getAuthTag(), body]
  return Buffer.concat(all).toString('base64')
}

export async function open(
  at: { place: Place; name: string; version: Version },
  ctx: RequestContext,
): Promise<string> {
  const { place, name, version } = at
  const bytes = Buffer.from(version.value, 'base64')
  const decrypt = async (CiphertextBlob: Uint8Array) => {
    const given = { CiphertextBlob, EncryptionContext: contextOf(place, name) }
    const { Plaintext } = await asked(ctx, () => ctx.aws.kms.decrypt(given))
    return Plaintext!
  }
  if (version.tier === 'Standard') return Buffer.from(await decrypt(bytes)).toString('utf8')
  const from = 2 + bytes.readUInt16BE(0)
  const key = await decrypt(bytes.subarray(2, from))
  const nonce = bytes.subarray(from, from + NONCE_BYTES)
  const cipher = createDecipheriv('aes-256-gcm', key, nonce)
  const begin = from + NONCE_BYTES + TAG_BYTES
  cipher.setAuthTag(bytes.subarray(from + NONCE_BYTES, begin))
  return cipher.update(bytes.subarray(begin), undefined, 'utf8') + cipher.final('utf8')
}

/** KMS's refusal in the words of Systems Manager. */
async function asked<R>(ctx: RequestContext, call: () => Promise<R>): Promise<R> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const told =
      `${error.message} (Service: AWSKMS; Status Code: 400; Error Code: ${error.code}; ` +
      `Request ID: ${ctx.requestId}; Proxy: null)`
    if (error.code === 'AccessDeniedException') {
      throw new AwsError('AccessDeniedException', told, { status: 400 })
    }
    if (error.code === 'ValidationException') throw invalid(told)
    throw badKey(told)
  }
}
