import type { Kernel } from '../../../kernel/index.ts'
import { purposeOf, matchingStep } from './totp.ts'
import { parseSamlMetadata, type SamlMetadata } from './saml-metadata.ts'
import { findSamlProvider } from './lookup.ts'
import type { IamStore } from './store.ts'
import { defaultDocument, managed } from './subjects.ts'

/** What STS asks of IAM beyond roles: who may vouch for whom. */
export interface IdentityProviders {
  /** The OpenID provider of an issuer (`accounts.example.com/path`) in the role's account. */
  oidc(
    account: string,
    issuer: string,
  ): { arn: string; clientIds: string[]; thumbprints: string[] } | undefined
  saml(arn: string): (SamlMetadata & { arn: string; name: string; endsAt: number }) | undefined
  /** Whether the code is the device's of now; the device has to be the user's. */
  isMfaCode(account: string, userId: string, serial: string, code: string, nowMs: number): boolean
  /** A managed policy's text, of the account or of AWS. */
  policyText(account: string, arn: string): string | undefined
}

export function createIdentityProviders({ secrets }: Kernel, store: IamStore): IdentityProviders {
  return {
    oidc(account, issuer) {
      const provider = store.account(account).get('oidc', issuer)
      return provider && { ...provider }
    },
    saml(arn) {
      const provider = findSamlProvider(store.account(arn.split(':')[4] ?? ''), arn)
      const metadata = provider && parseSamlMetadata(provider.metadata)
      if (!provider || !metadata) return undefined
      return { ...metadata, arn, name: provider.name, endsAt: provider.validUntil }
    },
    isMfaCode(account, userId, serial, code, nowMs) {
      const view = store.account(account)
      const device = view.get('mfa', serial.split('/').at(-1)!)
      const user = device?.user === undefined ? undefined : view.get('user', device.user)
      if (device?.arn !== serial || user?.id !== userId) return false
      return (
        matchingStep(secrets.open(device.sealedSeed, purposeOf(serial)), code, nowMs) !== undefined
      )
    },
    policyText(account, arn) {
      const policy = managed(store.account(account), arn)
      return policy && defaultDocument(policy)
    },
  }
}
