import { AwsError, type RequestContext } from '../../../gateway/index.ts'

export const refusal = (
  code: string,
  status: number,
  message: string,
  members: Record<string, unknown> = {},
) => new AwsError(code, message, { status, members })

/** The account a request names must be its caller's. */
export function ownAccount(given: string | undefined, ctx: RequestContext): string {
  if (given === undefined || !/^\d{12}$/.test(given)) {
    throw refusal('InvalidRequest', 400, 'The AccountId must be 12 digits.')
  }
  if (given !== ctx.account) throw refusal('AccessDenied', 403, 'Access Denied')
  return given
}

export const noSuchPoint = (AccessPointName: string) =>
  refusal('NoSuchAccessPoint', 404, 'The specified accesspoint does not exist', { AccessPointName })
