import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type Aws, AwsError, type RequestContext } from '../../gateway/index.ts'
import type { StreamFacts } from './model.ts'
import { streamArn } from './model.ts'

interface DataKey {
  /** As KMS gave it. */
  blob: Uint8Array
  key: Uint8Array
}

interface Kept {
  untilMs: number
  dataKey: Promise<DataKey>
}

const KEPT_MS = 5 * 60_000
const MOST = 1000

const kmsErrors: Record<string, string> = {
  AccessDeniedException: 'KMSAccessDeniedException',
  DisabledException: 'KMSDisabledException',
  KMSInvalidStateException: 'KMSInvalidStateException',
  NotFoundException: 'KMSNotFoundException',
  InvalidKeyUsageException: 'KMSInvalidStateException',
}

/** KMS's refusal in Kinesis's terms. */
async function asked<R>(call: () => Promise<R>): Promise<R> {
  try {
    return await call()
  } catch (error) {
    const code = error instanceof AwsError ? kmsErrors[error.code] : undefined
    if (code === undefined) throw error
    throw new AwsError(code, (error as AwsError).message, { status: 400 })
  }
}

/**
 * Data keys of encrypted streams, asked of KMS as the caller: writers need GenerateDataKey, readers
 * Decrypt. Each is used for at most five minutes, so that a key taken away stops being of use.
 */
export class DataKeys {
  readonly #writing = new Map<string, Kept>()
  readonly #reading = new Map<string, Kept>()

  /** Whether the caller may encrypt with the key at all. */
  check(stream: StreamFacts, KeyId: string, aws: Aws): Promise<unknown> {
    const EncryptionContext = contextOf(stream)
    return asked(() => aws.kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext }))
  }

  /** [blob's length: 2][blob][nonce: 12][tag: 16][AES-256-GCM]. */
  async seal(stream: StreamFacts, data: Uint8Array, ctx: RequestContext): Promise<Uint8Array> {
    const { blob, key } = await this.#forWriting(stream, ctx)
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    const body = Buffer.concat([cipher.update(data), cipher.final()])
    const size = Buffer.alloc(2)
    size.writeUInt16BE(blob.length)
    return Buffer.concat([size, blob, nonce, cipher.getAuthTag(), body])
  }

  async open(stream: StreamFacts, sealed: Uint8Array, ctx: RequestContext): Promise<Uint8Array> {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
    const from = 2 + bytes.readUInt16BE(0)
    const { key } = await this.#forReading(stream, bytes.subarray(2, from), ctx)
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(from, from + 12))
    cipher.setAuthTag(bytes.subarray(from + 12, from + 28))
    return Buffer.concat([cipher.update(bytes.subarray(from + 28)), cipher.final()])
  }

  #forWriting(stream: StreamFacts, ctx: RequestContext): Promise<DataKey> {
    const id = `${stream.id} ${stream.keyId} ${ctx.principal.arn}`
    return kept(this.#writing, id, ctx.now, async () => {
      const { CiphertextBlob, Plaintext } = await ctx.aws.kms.generateDataKey({
        KeyId: stream.keyId,
        KeySpec: 'AES_256',
        EncryptionContext: contextOf(stream),
      })
      return { blob: CiphertextBlob!, key: Plaintext! }
    })
  }

  #forReading(stream: StreamFacts, blob: Uint8Array, ctx: RequestContext): Promise<DataKey> {
    const id = `${Buffer.from(blob).toString('base64')} ${ctx.principal.arn}`
    return kept(this.#reading, id, ctx.now, async () => {
      const given = { CiphertextBlob: blob, EncryptionContext: contextOf(stream) }
      const { Plaintext } = await ctx.aws.kms.decrypt(given)
      return { blob, key: Plaintext! }
    })
  }
}

const contextOf = (stream: StreamFacts) => ({ 'aws:kinesis:arn': streamArn(stream) })

/** Asked once by all who come together, so that their records keep their order; a refusal isn't kept. */
function kept(
  map: Map<string, Kept>,
  id: string,
  now: number,
  ask: () => Promise<DataKey>,
): Promise<DataKey> {
  const known = map.get(id)
  if (known && now < known.untilMs) return known.dataKey
  if (map.size >= MOST) map.clear()
  const dataKey = asked(ask)
  map.set(id, { untilMs: now + KEPT_MS, dataKey })
  dataKey.catch(() => map.delete(id))
  return dataKey
}
