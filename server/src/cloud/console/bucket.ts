import { cloudEndpoints } from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import { answered, unless } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

/** A bucket's settings in one answer: S3 has an operation for each, and an error for some that aren't set. */
export function bucketRoutes({ aws }: ConsoleParts): Route[] {
  return [
    route(cloudEndpoints.cloudBucketGet, async ({ params }) => {
      const { s3 } = aws()
      const input = { Bucket: params.bucket }
      const [versions, blocked, notification, lifecycle, inventory] = await answered(
        Promise.all([
          s3.getBucketVersioning(input),
          unless('NoSuchPublicAccessBlockConfiguration', s3.getPublicAccessBlock(input)),
          s3.getBucketNotificationConfiguration(input),
          unless('NoSuchLifecycleConfiguration', s3.getBucketLifecycleConfiguration(input)),
          s3.listBucketInventoryConfigurations(input),
        ]),
      )
      const block = blocked?.PublicAccessBlockConfiguration ?? {}
      return {
        versioning: versions.Status,
        isPublicBlocked: [
          block.BlockPublicAcls,
          block.IgnorePublicAcls,
          block.BlockPublicPolicy,
          block.RestrictPublicBuckets,
        ].every(Boolean),
        notification: { ...notification },
        lifecycleRules: asJson(lifecycle?.Rules),
        inventories: asJson(inventory.InventoryConfigurationList),
      }
    }),
  ]
}

/** Moments as ISO strings, which is how the page gives them back. */
const asJson = (list: object[] | undefined) =>
  JSON.parse(JSON.stringify(list ?? [])) as Record<string, unknown>[]
