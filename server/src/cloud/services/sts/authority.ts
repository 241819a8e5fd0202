import type { RoleSession, SessionCredentials } from '../../deps.ts'
import type { Principal } from '../../gateway/index.ts'

/** A role as far as STS needs it. */
export interface AssumableRole {
  name: string
  arn: string
  id: string
  /** JSON text. */
  trust: string
  maxSessionS: number
}

export interface OidcTrust {
  arn: string
  clientIds: string[]
  thumbprints: string[]
}

export interface SamlTrust {
  arn: string
  name: string
  entityId: string
  /** Base64 of the DER form. */
  signingCertificates: string[]
  /** The metadata's own end. */
  endsAt: number
}

/** What STS needs of IAM; lent by `createCloud`, so that neither service reaches into the other. */
export interface RoleAuthority<Role extends AssumableRole = AssumableRole> {
  findRole(roleArn: string): Role | undefined
  principalOf(session: RoleSession, role: Role): Principal
  issue(principal: Principal, expiresAtMs: number): Promise<SessionCredentials>
  accountOf(accessKeyId: string): Promise<string | undefined>
  decodeDenial(encoded: string): string | undefined
  providers: {
    oidc(account: string, issuer: string): OidcTrust | undefined
    saml(arn: string): SamlTrust | undefined
    isMfaCode(account: string, userId: string, serial: string, code: string, nowMs: number): boolean
    policyText(account: string, arn: string): string | undefined
  }
  webIssuer: {
    issuerOf(account: string): string
    isEnabled(account: string): boolean
    token(
      account: string,
      claims: Record<string, unknown>,
      options: { nowMs: number; durationS: number; algorithm: 'RS256' | 'ES384'; id: string },
    ): Promise<string>
    keys(account: string): Record<string, unknown>[]
  }
}
