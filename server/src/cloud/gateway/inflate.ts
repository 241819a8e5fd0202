import { gunzipSync } from 'node:zlib'
import { AwsError } from './error.ts'
import { collect, type RequestBody } from './http.ts'

// SDKs compress the larger requests of some operations (PutMetricData from 10 KB on).
const packedLimitBytes = 16 * 1024 * 1024
const limitBytes = 64 * 1024 * 1024

/** The body as it was before `Content-Encoding: gzip`. Throws SerializationException. */
export async function inflate(
  encoding: string | undefined,
  body: RequestBody,
): Promise<RequestBody> {
  if (encoding !== 'gzip') return body
  return unpacked(
    body,
    () =>
      new AwsError('SerializationException', 'The gzip body could not be read', { status: 400 }),
  )
}

/**
 * DynamoDB takes what it can't unpack for a failure of its own, other encodings, too. It answers so with
 * 500; here nothing that a client sends is a fault of the server, so it is its word with 400.
 */
export async function inflateForDynamo(encoding: string, body: RequestBody): Promise<RequestBody> {
  if (encoding === 'identity' || encoding === 'amz-1.0') return body
  if (encoding !== 'gzip') throw failed()
  return unpacked(body, failed)
}

const failed = () => new AwsError('InternalServerError', 'Internal server error', { status: 400 })

async function unpacked(body: RequestBody, refusal: () => AwsError): Promise<RequestBody> {
  const packed = await collect(body, packedLimitBytes)
  try {
    return gunzipSync(packed, { maxOutputLength: limitBytes })
  } catch {
    throw refusal()
  }
}
