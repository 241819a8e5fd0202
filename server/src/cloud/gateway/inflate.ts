import { gunzipSync } from 'node:zlib'
import { AwsError } from './error.ts'
import { collect, type Headers, type RequestBody } from './http.ts'

// SDKs compress the larger requests of some operations (PutMetricData from 10 KB on).
const packedLimitBytes = 16 * 1024 * 1024
const limitBytes = 64 * 1024 * 1024

/** The body as it was before `Content-Encoding: gzip`. Throws SerializationException. */
export async function inflate(headers: Headers, body: RequestBody): Promise<RequestBody> {
  if (headers['content-encoding'] !== 'gzip') return body
  const packed = await collect(body, packedLimitBytes)
  try {
    return gunzipSync(packed, { maxOutputLength: limitBytes })
  } catch {
    throw new AwsError('SerializationException', 'The gzip body could not be read', { status: 400 })
  }
}
