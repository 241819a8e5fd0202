import { AwsError, type RequestContext } from '../../gateway/index.ts'
import type { KmsParts } from './parts.ts'

/**
 * The first of these ARNs that names a user or role of the caller's account which isn't there. Other
 * accounts' are taken as they are told.
 */
export async function absentPrincipal(
  { deps }: KmsParts,
  arns: string[],
  { account, region }: RequestContext,
): Promise<string | undefined> {
  const own = new RegExp(`^arn:aws:iam::${account}:(user|role)/(?:.*/)?([^/]+)$`)
  const principal = deps.sessions.serviceOf('kms.amazonaws.com', account)
  for (const arn of arns) {
    const [, kind, name] = own.exec(arn) ?? []
    if (!kind || !name) continue
    const { iam } = deps.as({ principal, account, region })
    try {
      if (kind === 'user') await iam.getUser({ UserName: name })
      else await iam.getRole({ RoleName: name })
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'NoSuchEntity') throw error
      return arn
    }
  }
  return undefined
}
