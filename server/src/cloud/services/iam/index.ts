import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { accessKeyOperations } from './access-keys.ts'
import { checkSession, iamAccess, iamRequests } from './access.ts'
import { accountOperations } from './account.ts'
import { detailOperations } from './authorization-details.ts'
import type { Authority } from './authority.ts'
import { checkInput } from './constraints.ts'
import { contextKeyOperations } from './context-keys.ts'
import { reportOperations } from './credential-report.ts'
import { denialRoutes } from './denial-routes.ts'
import { groupOperations } from './groups.ts'
import { holderOperations } from './holders.ts'
import { lastAccessedOperations } from './last-accessed.ts'
import { linkedRoleOperations } from './linked-roles.ts'
import { loginOperations } from './login-profiles.ts'
import { mfaOperations } from './mfa-devices.ts'
import { oidcOperations } from './oidc-providers.ts'
import { policyOperations } from './policies.ts'
import { profileOperations } from './profiles.ts'
import { publicKeyOperations } from './public-keys.ts'
import { roleOperations } from './roles.ts'
import { samlOperations } from './saml-providers.ts'
import { serverCertificateOperations } from './server-certificates.ts'
import { serviceCredentialOperations } from './service-credentials.ts'
import { simulateOperations } from './simulate.ts'
import { userOperations } from './users.ts'
import { webFederationOperations } from './web-federation.ts'

export { type Authority, createAuthority } from './authority.ts'
export type { Denial } from './denials.ts'

/** IAM over the authority that the gateway asks too. */
export async function createIam(deps: ServiceDeps, authority: Authority): Promise<Service> {
  const { secrets } = deps.kernel
  deps.onReset(() => authority.empty())
  return service({
    id: 'iam',
    routes: denialRoutes(authority),
    operations: {
      ...userOperations(authority),
      ...loginOperations(authority),
      ...accessKeyOperations(authority, secrets),
      ...publicKeyOperations(authority),
      ...serviceCredentialOperations(authority),
      ...mfaOperations(authority, secrets),
      ...groupOperations(authority),
      ...roleOperations(authority),
      ...linkedRoleOperations(authority),
      ...policyOperations(authority),
      ...holderOperations(authority),
      ...profileOperations(authority),
      ...serverCertificateOperations(authority, secrets),
      ...oidcOperations(authority),
      ...samlOperations(authority, secrets),
      ...webFederationOperations(authority),
      ...simulateOperations(authority),
      ...contextKeyOperations(authority),
      ...accountOperations(authority),
      ...detailOperations(authority),
      ...reportOperations(authority),
      ...lastAccessedOperations(authority),
    },
    access: iamAccess,
    authorise(operation, input, ctx) {
      checkSession(ctx)
      return iamRequests(authority.store, operation, input, ctx)
    },
    validate: (operation, input) => checkInput(operation, input),
  })
}
