import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { accessDenied, notCarriedOut } from './refusals.ts'

/**
 * MFA delete: whether a bucket wants a device's code for changing its versioning and for deleting
 * versions ("Configuring MFA delete"). AWS takes the root user's device; here root has none, so it is
 * the virtual device of the IAM user who asks, whose code STS checks.
 */
export async function checkMfa(header: string | undefined, ctx: RequestContext): Promise<void> {
  if (header === undefined) throw accessDenied('Mfa Authentication must be used for this request')
  const { kind } = ctx.principal
  if (kind === 'root') {
    throw notCarriedOut("MFA delete with a device of the root user (use an IAM user's device)")
  }
  const [, SerialNumber, TokenCode] = /^(\S+)\s+(\d{6})$/.exec(header.trim()) ?? []
  if (!SerialNumber || !TokenCode) throw wrongCode()
  try {
    await ctx.aws.sts.getSessionToken({ SerialNumber, TokenCode, DurationSeconds: 900 })
  } catch (error) {
    if (error instanceof AwsError) throw wrongCode()
    throw error
  }
}

const wrongCode = () =>
  accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
