import type { Structure } from '../model.ts'
import { carryPolicies, holders, iamTags, pathOf, unlessNoEntity } from './iam-policies.ts'
import { flag, structure, text, texts } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext } from './provider.ts'

const TAKEN = ['EntityAlreadyExists', 'EntityAlreadyExistsException']

async function configureUser(
  context: ResourceContext,
  UserName: string,
  next: Structure,
  before: Structure,
) {
  const { iam } = context.aws
  await carryPolicies(context, holders.user, UserName, next, before)
  const groups = texts(next['Groups'])
  for (const GroupName of groups) await iam.addUserToGroup({ GroupName, UserName })
  for (const GroupName of texts(before['Groups'])) {
    if (groups.includes(GroupName)) continue
    await unlessNoEntity(() => iam.removeUserFromGroup({ GroupName, UserName }))
  }
  const login = structure(next['LoginProfile'])
  if (next['LoginProfile'] !== undefined && before['LoginProfile'] === undefined) {
    await iam.createLoginProfile({
      UserName,
      Password: text(login['Password']),
      PasswordResetRequired: flag(login['PasswordResetRequired']),
    })
  }
  return userOutcome(context, UserName)
}

async function userOutcome(context: ResourceContext, UserName: string) {
  const { User } = await context.aws.iam.getUser({ UserName })
  return { physicalId: UserName, attributes: { Arn: User?.Arn ?? '' } }
}

async function tagUser(context: ResourceContext, UserName: string, properties: Structure) {
  const Tags = iamTags(context, properties)
  if (Tags.length > 0) await context.aws.iam.tagUser({ UserName, Tags })
}

async function groupOutcome(context: ResourceContext, GroupName: string) {
  const { Group } = await context.aws.iam.getGroup({ GroupName })
  return { physicalId: GroupName, attributes: { Arn: Group?.Arn ?? '' } }
}

const users: Providers = {
  'AWS::IAM::User': {
    properties: {
      ...changes('replace', 'UserName'),
      ...changes(
        'update',
        'Groups LoginProfile ManagedPolicyArns Path PermissionsBoundary Policies Tags',
      ),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['UserName']) ?? context.physicalName(64)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.iam.createUser({
          UserName: name,
          Path: pathOf(properties['Path']),
          PermissionsBoundary: text(properties['PermissionsBoundary']),
          Tags: iamTags(context, properties),
        }),
      )
      return configureUser(context, name, properties, {})
    },
    async update(context, name, next, before) {
      const { iam } = context.aws
      if (pathOf(next['Path']) !== pathOf(before['Path'])) {
        await iam.updateUser({ UserName: name, NewPath: pathOf(next['Path']) })
      }
      await tagUser(context, name, next)
      return configureUser(context, name, next, before)
    },
    async takeOver(context, name, properties) {
      await tagUser(context, name, properties)
      return userOutcome(context, name)
    },
    async delete(context, UserName, properties) {
      const { iam } = context.aws
      await unlessNoEntity(async () => {
        await carryPolicies(context, holders.user, UserName, {}, properties)
        for (const GroupName of texts(properties['Groups'])) {
          await unlessNoEntity(() => iam.removeUserFromGroup({ GroupName, UserName }))
        }
        if (properties['LoginProfile'] !== undefined) {
          await unlessNoEntity(() => iam.deleteLoginProfile({ UserName }))
        }
        await iam.deleteUser({ UserName })
      })
    },
  },
  'AWS::IAM::Group': {
    properties: {
      ...changes('replace', 'GroupName'),
      ...changes('update', 'ManagedPolicyArns Path Policies'),
    },
    attributes: ['Arn'],
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['GroupName']) ?? context.physicalName(128)
      const Path = pathOf(properties['Path'])
      await makeOnce(context, name, TAKEN, () =>
        context.aws.iam.createGroup({ GroupName: name, Path }),
      )
      await carryPolicies(context, holders.group, name, properties, {})
      return groupOutcome(context, name)
    },
    async update(context, name, next, before) {
      if (pathOf(next['Path']) !== pathOf(before['Path'])) {
        await context.aws.iam.updateGroup({ GroupName: name, NewPath: pathOf(next['Path']) })
      }
      await carryPolicies(context, holders.group, name, next, before)
      return groupOutcome(context, name)
    },
    async delete(context, GroupName, properties) {
      await unlessNoEntity(async () => {
        await carryPolicies(context, holders.group, GroupName, {}, properties)
        await context.aws.iam.deleteGroup({ GroupName })
      })
    },
  },
}

async function keyIds(context: ResourceContext, UserName: string): Promise<string[]> {
  const { AccessKeyMetadata = [] } = await context.aws.iam.listAccessKeys({ UserName })
  return AccessKeyMetadata.map((key) => key.AccessKeyId ?? '')
}

const accessKeys: Providers = {
  'AWS::IAM::AccessKey': {
    properties: { ...changes('replace', 'UserName Serial'), ...changes('update', 'Status') },
    required: ['UserName'],
    attributes: ['SecretAccessKey'],
    async create(context, properties) {
      const UserName = String(properties['UserName'])
      const { iam } = context.aws
      const present = await keyIds(context, UserName)
      // A key made by a try that died cannot be read again: it goes, and a new one comes.
      const before = texts(context.notes['before'])
      if (context.notes['before'] === undefined) await context.note({ before: present })
      else {
        for (const AccessKeyId of present.filter((id) => !before.includes(id))) {
          await iam.deleteAccessKey({ UserName, AccessKeyId })
        }
      }
      const { AccessKey } = await iam.createAccessKey({ UserName })
      const id = AccessKey?.AccessKeyId ?? ''
      const Status = text(properties['Status']) as 'Inactive' | undefined
      if (Status === 'Inactive') await iam.updateAccessKey({ UserName, AccessKeyId: id, Status })
      return {
        physicalId: id,
        attributes: { SecretAccessKey: AccessKey?.SecretAccessKey ?? '' },
      }
    },
    async update(context, AccessKeyId, next) {
      const UserName = String(next['UserName'])
      const Status = (text(next['Status']) ?? 'Active') as 'Active'
      await context.aws.iam.updateAccessKey({ UserName, AccessKeyId, Status })
      return { physicalId: AccessKeyId, attributes: context.attributes }
    },
    async delete(context, AccessKeyId, properties) {
      const UserName = String(properties['UserName'])
      await unlessNoEntity(() => context.aws.iam.deleteAccessKey({ UserName, AccessKeyId }))
    },
  },
}

export const iamUserProviders: Providers = { ...users, ...accessKeys }
