import { pieces, type Operations, type S3 } from '../../gateway/index.ts'
import { readOperations } from './object-reads.ts'
import type { S3Parts } from './parts.ts'
import { selectEvents } from './select/index.ts'

/** SelectObjectContent: SQL over one object, its answer a stream of events. */
export function selectOperations(parts: S3Parts) {
  const { GetObject } = readOperations(parts)
  return {
    async SelectObjectContent(input, ctx) {
      const { Bucket, Key, ExpectedBucketOwner } = input
      const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = input
      const secret = { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }
      const object = await GetObject({ Bucket, Key, ExpectedBucketOwner, ...secret }, ctx)
      const body = object.Body as Uint8Array | AsyncIterable<Uint8Array>
      const source = { sizeBytes: Number(object.ContentLength), read: () => pieces(body) }
      return { Payload: (await selectEvents(input, source, ctx.now)) as never }
    },
  } satisfies Operations<S3>
}
