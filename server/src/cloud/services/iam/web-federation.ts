import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'

/** Whether tokens of this account's own issuer may be had (`sts:GetWebIdentityToken`). */
export function webFederationOperations({ webIssuer }: Authority) {
  return {
    async EnableOutboundWebIdentityFederation(_input, ctx) {
      if (webIssuer.isEnabled(ctx.account)) {
        const message = 'Outbound Web Identity Federation is already enabled for this account.'
        throw new AwsError('FeatureEnabled', message, { status: 409 })
      }
      await webIssuer.setEnabled(ctx.account, true)
      return { IssuerIdentifier: webIssuer.issuerOf(ctx.account) }
    },
    async DisableOutboundWebIdentityFederation(_input, ctx) {
      if (!webIssuer.isEnabled(ctx.account)) throw disabled()
      await webIssuer.setEnabled(ctx.account, false)
      return {}
    },
    GetOutboundWebIdentityFederationInfo(_input, ctx) {
      if (!webIssuer.isEnabled(ctx.account)) throw disabled()
      return { IssuerIdentifier: webIssuer.issuerOf(ctx.account), JwtVendingEnabled: true }
    },
  } satisfies Operations<Iam>
}

const disabled = () =>
  new AwsError(
    'FeatureDisabled',
    'Outbound Web Identity Federation is not enabled for this account.',
    { status: 404 },
  )
