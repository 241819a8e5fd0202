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

/** What STS needs of IAM; lent by `createCloud`, so that neither service reaches into the other. */
export interface RoleAuthority<Role extends AssumableRole = AssumableRole> {
  findRole(roleArn: string): Role | undefined
  principalOf(session: RoleSession, role: Role): Principal
  issue(principal: Principal, expiresAtMs: number): Promise<SessionCredentials>
  accountOf(accessKeyId: string): Promise<string | undefined>
}
