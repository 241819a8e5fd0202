import type { Operations, S3Control } from '../../../gateway/index.ts'
import { accessPointArn } from '../access-point-names.ts'
import { checkBucketPolicy } from '../policy-check.ts'
import type { S3Doors } from '../parts.ts'
import { effectiveBlock } from '../public-access.ts'
import { isPublicPolicy } from '../public-policy.ts'
import { pointOf } from './access-points.ts'
import { refusal } from './refusals.ts'

export function pointPolicyOperations(s3: S3Doors) {
  const policyOf = (
    ...given: Parameters<typeof pointOf> extends [unknown, ...infer R] ? R : never
  ) => {
    const { name, settings } = pointOf(s3, ...given)
    if (settings.policy !== undefined) return settings.policy
    throw refusal(
      'NoSuchAccessPointPolicy',
      404,
      'The specified accesspoint policy does not exist',
      {
        AccessPointName: name,
      },
    )
  }
  return {
    GetAccessPointPolicy: (input, ctx) => ({ Policy: policyOf(input, ctx) }),
    async PutAccessPointPolicy(input, ctx) {
      const point = pointOf(s3, input, ctx)
      const policy = checkBucketPolicy(accessPointArn(point), input.Policy ?? '')
      if (effectiveBlock(s3, point).BlockPublicPolicy && isPublicPolicy(policy)) {
        throw refusal('AccessDenied', 403, 'Access Denied')
      }
      await s3.accounts.savePoint({ ...point, settings: { ...point.settings, policy } })
      return {}
    },
    async DeleteAccessPointPolicy(input, ctx) {
      const point = pointOf(s3, input, ctx)
      const { policy: _policy, ...settings } = point.settings
      await s3.accounts.savePoint({ ...point, settings })
      return {}
    },
    GetAccessPointPolicyStatus: (input, ctx) => ({
      PolicyStatus: { IsPublic: isPublicPolicy(policyOf(input, ctx)) },
    }),
  } satisfies Operations<S3Control>
}
