import { randomBytes } from 'node:crypto'
import type { Operations, RequestContext, S3Control } from '../../../gateway/index.ts'
import { accessPointArn } from '../access-point-names.ts'
import { mostOf } from '../list-limits.ts'
import { continuationToken, readToken } from '../listing-form.ts'
import type { S3Doors } from '../parts.ts'
import { readSwitches } from '../public-access.ts'
import type { AccessPoint } from '../store-accounts.ts'
import { noSuchPoint, ownAccount, refusal } from './refusals.ts'

interface PointInput {
  AccountId?: string | undefined
  Name?: string | undefined
}

/** The caller's access point of that name or ARN, in the request's region. */
export function pointOf(
  { accounts }: S3Doors,
  input: PointInput,
  ctx: RequestContext,
): AccessPoint {
  const account = ownAccount(input.AccountId, ctx)
  const name = (input.Name ?? '').split('/').at(-1)!
  const point = accounts.point(account, ctx.region, name)
  if (!point) throw noSuchPoint(name)
  return point
}

export function accessPointOperations(s3: S3Doors) {
  const { accounts } = s3
  return {
    async CreateAccessPoint(input, ctx) {
      const account = ownAccount(input.AccountId, ctx)
      const name = checkName(input.Name ?? '')
      const bucket = s3.buckets.get(input.Bucket ?? '')
      if (!bucket) {
        const message = 'Amazon S3 AccessPoint can only be created for existing bucket'
        throw refusal('InvalidRequest', 400, message)
      }
      if (accounts.point(account, ctx.region, name)) throw takenByYou()
      const given = input.PublicAccessBlockConfiguration
      const point: AccessPoint = {
        account,
        region: ctx.region,
        name,
        alias: aliasOf(name),
        bucket: bucket.name,
        createdAt: ctx.now,
        settings: {
          publicAccessBlock: given ? readSwitches(given) : allBlocked,
          bucketAccountId: bucket.account,
          ...(input.VpcConfiguration?.VpcId && { vpcId: input.VpcConfiguration.VpcId }),
          ...(input.Tags?.length && { tags: tagsOf(input.Tags) }),
        },
      }
      await accounts.savePoint(point)
      return { AccessPointArn: accessPointArn(point), Alias: point.alias }
    },
    GetAccessPoint(input, ctx) {
      const point = pointOf(s3, input, ctx)
      const { region, settings, createdAt } = point
      return {
        ...shown(point),
        PublicAccessBlockConfiguration: settings.publicAccessBlock,
        CreationDate: new Date(createdAt),
        Endpoints: {
          ipv4: `s3-accesspoint.${region}.amazonaws.com`,
          fips: `s3-accesspoint-fips.${region}.amazonaws.com`,
          fips_dualstack: `s3-accesspoint-fips.dualstack.${region}.amazonaws.com`,
          dualstack: `s3-accesspoint.dualstack.${region}.amazonaws.com`,
        },
      }
    },
    ListAccessPoints(input, ctx) {
      const account = ownAccount(input.AccountId, ctx)
      const after = input.NextToken ? readToken(input.NextToken) : ''
      const most = mostOf('maxResults', input.MaxResults)
      const found = accounts
        .points(account, ctx.region)
        .filter(({ name, bucket }) => name > after && (!input.Bucket || bucket === input.Bucket))
      const page = found.slice(0, most)
      const more = found.length > page.length && page.at(-1)
      return {
        AccessPointList: page.map(shown),
        ...(more && { NextToken: continuationToken(more.name) }),
      }
    },
    async DeleteAccessPoint(input, ctx) {
      await accounts.removePoint(pointOf(s3, input, ctx))
      return {}
    },
  } satisfies Operations<S3Control>
}

const allBlocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

export const tagsOf = (tags: { Key?: string | undefined; Value?: string | undefined }[]) =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

function shown(point: AccessPoint) {
  const { name, bucket, alias, settings } = point
  return {
    Name: name,
    NetworkOrigin: settings.vpcId ? ('VPC' as const) : ('Internet' as const),
    ...(settings.vpcId && { VpcConfiguration: { VpcId: settings.vpcId } }),
    Bucket: bucket,
    AccessPointArn: accessPointArn(point),
    Alias: alias,
    BucketAccountId: settings.bucketAccountId,
  }
}

// "Rules for naming Amazon S3 access points".
function checkName(name: string): string {
  const isName = /^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$/.test(name) && !/(-s3alias|--xa-s3)$/.test(name)
  if (isName) return name
  throw refusal('InvalidURI', 400, "Couldn't parse the specified URI.", {
    URI: `accesspoint/${name}`,
  })
}

const takenByYou = () =>
  refusal(
    'AccessPointAlreadyOwnedByYou',
    409,
    'Your previous request to create the named accesspoint succeeded and you already own it.',
  )

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `<name>-<34 letters and digits>-s3alias`, of at most 63 characters as a bucket's name is. */
function aliasOf(name: string): string {
  const random = [...randomBytes(34)].map((byte) => letters[byte % letters.length]).join('')
  return `${name.slice(0, 20).replace(/-$/, '')}-${random}-s3alias`
}
