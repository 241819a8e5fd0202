import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { invalid } from './model.ts'
import { pageOf } from './paging.ts'
import {
  encoded,
  presentGroup,
  presentPolicy,
  presentProfile,
  presentRole,
  presentUser,
  presentVersion,
} from './present.ts'
import type { AccountView } from './store.ts'
import type { Group } from './model.ts'

const SETTINGS = 'account'

export function accountOperations({ store }: Authority) {
  const aliases = (view: AccountView) => view.get('settings', SETTINGS)?.aliases ?? []
  return {
    ...details({ store }),
    CreateAccountAlias: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const alias = input.AccountAlias ?? ''
        if (!/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/.test(alias)) {
          throw invalid(`The account alias ${alias} is not valid.`)
        }
        const taken = store.accounts().some((id) => aliases(store.account(id)).includes(alias))
        if (taken) {
          throw new AwsError('EntityAlreadyExists', `The account alias ${alias} already exists.`, {
            status: 409,
          })
        }
        account.put('settings', SETTINGS, { aliases: [alias] })
        return {}
      }),
    DeleteAccountAlias: (input, ctx) =>
      store.change(ctx.account, (account) => {
        if (!aliases(account).includes(input.AccountAlias ?? '')) {
          const message = `The account alias ${input.AccountAlias} cannot be found.`
          throw new AwsError('NoSuchEntity', message, { status: 404 })
        }
        account.put('settings', SETTINGS, { aliases: [] })
        return {}
      }),
    ListAccountAliases(input, ctx) {
      const { items, tail } = pageOf(aliases(store.account(ctx.account)), input)
      return { AccountAliases: items, ...tail }
    },
    GetAccountSummary: (_input, ctx) => ({ SummaryMap: summary(store.account(ctx.account)) }),
    GetAccountPasswordPolicy(_input, ctx) {
      const message = `The Password Policy with domain name ${ctx.account} cannot be found.`
      throw new AwsError('NoSuchEntity', message, { status: 404 })
    },
  } satisfies Operations<Iam>
}

function details({ store }: Pick<Authority, 'store'>) {
  return {
    GetAccountAuthorizationDetails(input, ctx) {
      const view = store.account(ctx.account)
      const wants = (kind: string) =>
        !input.Filter?.length || (input.Filter as string[]).includes(kind)
      return {
        UserDetailList: wants('User')
          ? view.list('user').map((user) => ({
              ...presentUser(user),
              UserPolicyList: inlineList(user),
              GroupList: user.groups,
              AttachedManagedPolicies: attachedList(user),
            }))
          : [],
        GroupDetailList: wants('Group')
          ? view.list('group').map((group) => ({
              ...presentGroup(group),
              GroupPolicyList: inlineList(group),
              AttachedManagedPolicies: attachedList(group),
            }))
          : [],
        RoleDetailList: wants('Role')
          ? view.list('role').map((role) => ({
              ...presentRole(role),
              RolePolicyList: inlineList(role),
              AttachedManagedPolicies: attachedList(role),
              InstanceProfileList: view
                .list('profile')
                .filter(({ roles }) => roles.includes(role.name))
                .map((profile) => presentProfile(profile, view)),
            }))
          : [],
        Policies: wants('LocalManagedPolicy')
          ? view.list('policy').map((policy) => ({
              ...presentPolicy(policy, view),
              PolicyVersionList: policy.versions.map((version) => ({
                ...presentVersion(policy, version),
                Document: encoded(version.document),
              })),
            }))
          : [],
        IsTruncated: false,
      }
    },
  } satisfies Operations<Iam>
}

const inlineList = (holder: Group) =>
  Object.entries(holder.inline).map(([PolicyName, text]) => ({
    PolicyName,
    PolicyDocument: encoded(text),
  }))

const attachedList = (holder: Group) =>
  holder.attached.map((arn) => ({ PolicyName: arn.split('/').at(-1)!, PolicyArn: arn }))

function summary(view: AccountView): Record<string, number> {
  return {
    Users: view.list('user').length,
    UsersQuota: 5000,
    Groups: view.list('group').length,
    GroupsQuota: 300,
    Roles: view.list('role').length,
    RolesQuota: 1000,
    Policies: view.list('policy').length,
    PoliciesQuota: 1500,
    InstanceProfiles: view.list('profile').length,
    InstanceProfilesQuota: 1000,
    AccessKeysPerUserQuota: 2,
    AttachedPoliciesPerUserQuota: 10,
    AttachedPoliciesPerGroupQuota: 10,
    AttachedPoliciesPerRoleQuota: 10,
    VersionsPerPolicyQuota: 5,
    AccountMFAEnabled: 0,
  }
}
