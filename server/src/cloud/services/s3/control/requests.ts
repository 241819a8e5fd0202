import { accessTable, type IamRequest, type RequestContext } from '../../../gateway/index.ts'

const ofAccount: Record<string, string> = {
  GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
  PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
  DeletePublicAccessBlock: 'PutAccountPublicAccessBlock',
}

export const controlAccess = accessTable({ prefix: 's3', actions: ofAccount })

/** Can't be limited to an access point. */
const ofNone = new Set(['GetAccessPoint', 'ListAccessPoints'])

/** What IAM is asked ("Actions, resources, and condition keys for Amazon S3"). */
export function s3ControlRequests(
  operation: string,
  input: Record<string, unknown>,
  { account, region }: RequestContext,
): IamRequest[] {
  const action = controlAccess.actionOf(operation)
  if (ofAccount[operation] || ofNone.has(operation)) return [{ action, resource: '*' }]
  const arn = input['ResourceArn']
  if (typeof arn === 'string') return [{ action, resource: arn }]
  const name = String(input['Name']).split('/').at(-1)
  const resource = `arn:aws:s3:${region}:${account}:accesspoint/${name}`
  return [{ action, resource }]
}
