import type { IamRequest, RequestContext } from '../../gateway/index.ts'
import { objectArn } from './model.ts'
import type { S3Parts } from './parts.ts'
import { isPublicPolicy } from './public-policy.ts'
import { refusal } from './refusals.ts'
import type { PublicAccessBlockConfiguration } from './sdk-shapes.ts'
import type { AccessPoint } from './store-accounts.ts'

// An access point stands where a bucket's name does: by its alias, its ARN, or as SDKs write the ARN
// into the host (`<name>-<account>[.s3-accesspoint.<region>]`).

export const accessPointArn = ({ account, region, name }: AccessPoint): string =>
  `arn:aws:s3:${region}:${account}:accesspoint/${name}`

/** Undefined for what is no access point's name; throws NoSuchAccessPoint for one there isn't. */
export function accessPointOf(
  { accounts }: Pick<S3Parts, 'accounts'>,
  name: string,
  region: string,
): AccessPoint | undefined {
  if (name.endsWith('-s3alias')) return accounts.byAlias(name) ?? missing(name)
  const byArn = /^arn:aws[\w-]*:s3:([\w-]+):(\d{12}):accesspoint[/:](.+)$/.exec(name)
  if (byArn) {
    const [, of = '', account = '', point = ''] = byArn
    return accounts.point(account, of, point) ?? missing(point)
  }
  const byHost = /^(.+)-(\d{12})(?:\.s3-accesspoint(?:[.-][\w.-]*?)?(?:\.([\w-]+))?)?$/.exec(name)
  if (!byHost) return undefined
  const [, point = '', account = '', of = region] = byHost
  const found = accounts.point(account, of, point)
  return found ?? (name.includes('.s3-accesspoint') ? missing(point) : undefined)
}

function missing(AccessPointName: string): never {
  throw refusal('NoSuchAccessPoint', 404, 'The specified accesspoint does not exist', {
    AccessPointName,
  })
}

// "Access point compatibility with AWS services": what a bucket's owner alone may do isn't among it.
const compatible =
  /^(AbortMultipartUpload|CompleteMultipartUpload|CopyObject|CreateMultipartUpload|DeleteObjects?|DeleteObjectTagging|GetBucket(Acl|Cors|Location|NotificationConfiguration|Policy)|GetObject\w*|HeadBucket|HeadObject|List(MultipartUploads|Objects|ObjectsV2|ObjectVersions|Parts)|PutObject(Acl|LegalHold|Retention|Tagging)?|RestoreObject|SelectObjectContent|UploadPart(Copy)?)$/

/** What the access point's own policy is asked, before its bucket's. */
export function accessPointRequest(
  point: AccessPoint,
  asked: IamRequest,
  operation: string,
  { principal }: RequestContext,
  block: PublicAccessBlockConfiguration,
): IamRequest {
  if (!compatible.test(operation)) {
    throw refusal(
      'MethodNotAllowed',
      405,
      'The specified method is not allowed against this resource.',
    )
  }
  const arn = accessPointArn(point)
  const key = asked.resource.slice(objectArn(point.bucket, '').length)
  const resource = asked.resource.includes('/') ? `${arn}/object/${key}` : arn
  const { policy } = point.settings
  const isStranger = principal.account !== point.account || principal.kind === 'anonymous'
  const isRestricted = isStranger && block.RestrictPublicBuckets
  const isHeeded = policy !== undefined && !(isRestricted && isPublicPolicy(policy))
  return {
    action: asked.action,
    resource,
    resourceAccount: point.account,
    context: { ...asked.context, ...accessPointContext(point) },
    ...(isHeeded && { resourcePolicy: policy }),
    ...(asked.onDenied && { onDenied: asked.onDenied }),
  }
}

/** Condition keys by which a bucket's policy leaves the say to its access points. */
export const accessPointContext = (point: AccessPoint): Record<string, string> => ({
  's3:DataAccessPointArn': accessPointArn(point),
  's3:DataAccessPointAccount': point.account,
  's3:AccessPointNetworkOrigin': point.settings.vpcId ? 'VPC' : 'Internet',
})
