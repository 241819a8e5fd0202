import type { IamRequest, RequestContext } from '../../../gateway/index.ts'

const ofAccount: Record<string, string> = {
  GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
  PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
  DeletePublicAccessBlock: 'PutAccountPublicAccessBlock',
}

/** What IAM is asked ("Actions, resources, and condition keys for Amazon S3"). */
export function s3ControlRequests(
  operation: string,
  input: Record<string, unknown>,
  { account, region }: RequestContext,
): IamRequest[] {
  const accountWide = ofAccount[operation]
  if (accountWide || operation === 'ListAccessPoints') {
    return [{ action: `s3:${accountWide ?? operation}`, resource: '*' }]
  }
  const arn = input['ResourceArn']
  if (typeof arn === 'string') return [{ action: `s3:${operation}`, resource: arn }]
  const name = String(input['Name']).split('/').at(-1)
  const resource = `arn:aws:s3:${region}:${account}:accesspoint/${name}`
  return [{ action: `s3:${operation}`, resource }]
}
