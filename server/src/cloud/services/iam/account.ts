import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { entityExists, noSuchEntity, type PasswordPolicy } from './model.ts'
import { pageOf } from './paging.ts'
import { changeSettings, settingsOf, type AccountView } from './store.ts'

export function accountOperations({ store }: Authority) {
  return {
    ...passwordPolicy({ store }),
    ...aliases({ store }),
    GetAccountSummary: (_input, ctx) => ({ SummaryMap: summary(store.account(ctx.account)) }),
    SetSecurityTokenServicePreferences: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const tokenVersion = input.GlobalEndpointTokenVersion === 'v2Token' ? 2 : 1
        changeSettings(account, { tokenVersion })
        return {}
      }),
    ...organisation,
  } satisfies Operations<Iam>
}

function passwordPolicy({ store }: Pick<Authority, 'store'>) {
  return {
    GetAccountPasswordPolicy(_input, ctx) {
      const { passwordPolicy: policy } = settingsOf(store.account(ctx.account))
      if (policy) return { PasswordPolicy: present(policy) }
      throw noSuchEntity(`The Password Policy with domain name ${ctx.account} cannot be found.`)
    },
    // What isn't given takes its default; nothing is kept of the policy before.
    UpdateAccountPasswordPolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy: PasswordPolicy = {
          MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
          RequireSymbols: input.RequireSymbols ?? false,
          RequireNumbers: input.RequireNumbers ?? false,
          RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
          RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
          AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
          MaxPasswordAge: input.MaxPasswordAge,
          PasswordReusePrevention: input.PasswordReusePrevention,
          HardExpiry: input.HardExpiry,
        }
        changeSettings(account, { passwordPolicy: policy })
        return {}
      }),
    DeleteAccountPasswordPolicy: (_input, ctx) =>
      store.change(ctx.account, (account) => {
        if (!settingsOf(account).passwordPolicy) {
          throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.')
        }
        changeSettings(account, { passwordPolicy: undefined })
        return {}
      }),
  } satisfies Operations<Iam>
}

function present(policy: PasswordPolicy) {
  const { MaxPasswordAge, PasswordReusePrevention, HardExpiry, ...always } = policy
  return {
    ...always,
    ExpirePasswords: MaxPasswordAge !== undefined,
    ...(MaxPasswordAge !== undefined && { MaxPasswordAge }),
    ...(PasswordReusePrevention !== undefined && { PasswordReusePrevention }),
    ...(HardExpiry !== undefined && { HardExpiry }),
  }
}

function aliases({ store }: Pick<Authority, 'store'>) {
  return {
    CreateAccountAlias: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const alias = input.AccountAlias!
        const taken = store
          .accounts()
          .some((id) => settingsOf(store.account(id)).aliases.includes(alias))
        if (taken) throw entityExists(`The account alias ${alias} already exists.`)
        changeSettings(account, { aliases: [alias] })
        return {}
      }),
    DeleteAccountAlias: (input, ctx) =>
      store.change(ctx.account, (account) => {
        if (!settingsOf(account).aliases.includes(input.AccountAlias ?? '')) {
          throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`)
        }
        changeSettings(account, { aliases: [] })
        return {}
      }),
    ListAccountAliases(input, ctx) {
      const { items, tail } = pageOf(settingsOf(store.account(ctx.account)).aliases, input)
      return { AccountAliases: items, ...tail }
    },
  } satisfies Operations<Iam>
}

function noOrganisation(_input: unknown, _ctx: RequestContext): never {
  throw new AwsError(
    'OrganizationNotFoundException',
    'The request was rejected because no organization is associated with your account.',
    { status: 400 },
  )
}

// An account of its own belongs to no organisation, and AWS says so to each of these.
const organisation = {
  ListOrganizationsFeatures: noOrganisation,
  EnableOrganizationsRootSessions: noOrganisation,
  DisableOrganizationsRootSessions: noOrganisation,
  EnableOrganizationsRootCredentialsManagement: noOrganisation,
  DisableOrganizationsRootCredentialsManagement: noOrganisation,
}

// The quotas are those of a new account.
const quotas = {
  AccessKeysPerUserQuota: 2,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  InstanceProfilesQuota: 1000,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: 1000,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2048,
  UsersQuota: 5000,
  VersionsPerPolicyQuota: 5,
}

function summary(view: AccountView): Record<string, number> {
  const policies = view.list('policy')
  const devices = view.list('mfa').filter(({ isRetired }) => !isRetired)
  const counted: Record<string, number> = {
    ...quotas,
    AccountAccessKeysPresent: 0,
    AccountMFAEnabled: 0,
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: 0,
    GlobalEndpointTokenVersion: settingsOf(view).tokenVersion ?? 1,
    Groups: view.list('group').length,
    InstanceProfiles: view.list('profile').length,
    MFADevices: devices.length,
    MFADevicesInUse: devices.filter(({ user }) => user !== undefined).length,
    Policies: policies.length,
    PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
    Providers: view.list('oidc').length + view.list('saml').length,
    Roles: view.list('role').length,
    ServerCertificates: view.list('serverCertificate').length,
    Users: view.list('user').length,
  }
  return Object.fromEntries(Object.entries(counted).sort(([a], [b]) => (a < b ? -1 : 1)))
}
