import type { Structure } from '../model.ts'
import { invalid } from '../template/index.ts'
import {
  carryPolicies,
  type Holder,
  holders,
  holdersIn,
  iamTags,
  pathOf,
  unlessNoEntity,
} from './iam-policies.ts'
import { iamIdentityProviders } from './iam-identity.ts'
import { iamUserProviders } from './iam-users.ts'
import { document, number, text, texts } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext } from './provider.ts'

const TAKEN = ['EntityAlreadyExists', 'EntityAlreadyExistsException']

async function roleOutcome(context: ResourceContext, RoleName: string) {
  const { Role } = await context.aws.iam.getRole({ RoleName })
  return {
    physicalId: RoleName,
    attributes: { Arn: Role?.Arn ?? '', RoleId: Role?.RoleId ?? '' },
  }
}

async function retagRole(
  context: ResourceContext,
  RoleName: string,
  next: Structure,
  before: Structure,
) {
  const tags = iamTags(context, next)
  const kept = new Set(tags.map((tag) => tag.Key))
  const stale = iamTags(context, before).filter((tag) => !kept.has(tag.Key))
  const TagKeys = stale.map((tag) => tag.Key)
  if (TagKeys.length > 0) await context.aws.iam.untagRole({ RoleName, TagKeys })
  if (tags.length > 0) await context.aws.iam.tagRole({ RoleName, Tags: tags })
}

async function updateRole(
  context: ResourceContext,
  RoleName: string,
  next: Structure,
  before: Structure,
) {
  const { iam } = context.aws
  await iam.updateAssumeRolePolicy({
    RoleName,
    PolicyDocument: document(next['AssumeRolePolicyDocument']),
  })
  await iam.updateRole({
    RoleName,
    Description: text(next['Description']) ?? '',
    MaxSessionDuration: number(next['MaxSessionDuration']) ?? 3600,
  })
  const boundary = text(next['PermissionsBoundary'])
  if (boundary !== undefined) {
    await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: boundary })
  } else if (before['PermissionsBoundary'] !== undefined) {
    await unlessNoEntity(() => iam.deleteRolePermissionsBoundary({ RoleName }))
  }
  await carryPolicies(context, holders.role, RoleName, next, before)
  await retagRole(context, RoleName, next, before)
  return roleOutcome(context, RoleName)
}

const role: Providers = {
  'AWS::IAM::Role': {
    properties: {
      ...changes('replace', 'RoleName Path'),
      ...changes(
        'update',
        'AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration ' +
          'PermissionsBoundary Policies Tags',
      ),
    },
    required: ['AssumeRolePolicyDocument'],
    attributes: ['Arn', 'RoleId'],
    tagged: true,
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['RoleName']) ?? context.physicalName(64)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.iam.createRole({
          RoleName: name,
          Path: pathOf(properties['Path']),
          AssumeRolePolicyDocument: document(properties['AssumeRolePolicyDocument']),
          Description: text(properties['Description']) ?? '',
          MaxSessionDuration: number(properties['MaxSessionDuration']),
          PermissionsBoundary: text(properties['PermissionsBoundary']),
          Tags: iamTags(context, properties),
        }),
      )
      await carryPolicies(context, holders.role, name, properties, {})
      return roleOutcome(context, name)
    },
    update: updateRole,
    async takeOver(context, RoleName, properties) {
      await retagRole(context, RoleName, properties, properties)
      return roleOutcome(context, RoleName)
    },
    async delete(context, RoleName, properties) {
      await unlessNoEntity(() => carryPolicies(context, holders.role, RoleName, {}, properties))
      await unlessNoEntity(() => context.aws.iam.deleteRole({ RoleName }))
    },
  },
}

async function putInline(context: ResourceContext, properties: Structure, before: Structure) {
  const name = String(properties['PolicyName'])
  const targets = holdersIn(properties)
  if (targets.length === 0) {
    throw invalid('At least one of [Groups,Roles,Users] must be non-empty.')
  }
  const body = document(properties['PolicyDocument'])
  for (const { holder, name: of } of targets) await holder.put(context.aws.iam, of, name, body)
  const isTarget = (holder: Holder, of: string) =>
    targets.some((target) => target.holder === holder && target.name === of)
  for (const { holder, name: of } of holdersIn(before)) {
    if (isTarget(holder, of) && before['PolicyName'] === name) continue
    const old = String(before['PolicyName'])
    await unlessNoEntity(() => holder.drop(context.aws.iam, of, old))
  }
  return name
}

const policies: Providers = {
  'AWS::IAM::Policy': {
    properties: changes('update', 'Groups PolicyDocument PolicyName Roles Users'),
    required: ['PolicyDocument', 'PolicyName'],
    attributes: ['Id'],
    async create(context, properties) {
      await putInline(context, properties, {})
      const id = context.physicalName(64)
      return { physicalId: id, attributes: { Id: id } }
    },
    async update(context, id, next, before) {
      await putInline(context, next, before)
      return { physicalId: id, attributes: { Id: id } }
    },
    async delete(context, _id, properties) {
      const policy = String(properties['PolicyName'])
      for (const { holder, name } of holdersIn(properties)) {
        await unlessNoEntity(() => holder.drop(context.aws.iam, name, policy))
      }
    },
  },
  'AWS::IAM::ManagedPolicy': {
    properties: {
      ...changes('replace', 'Description ManagedPolicyName Path'),
      ...changes('update', 'Groups PolicyDocument Roles Users'),
    },
    required: ['PolicyDocument'],
    attributes: ['PolicyArn', 'PolicyId', 'AttachmentCount', 'DefaultVersionId'],
    async create(context, properties) {
      const name = text(properties['ManagedPolicyName']) ?? context.physicalName(128)
      const path = pathOf(properties['Path'])
      const arn = `arn:aws:iam::${context.account}:policy${path}${name}`
      await makeOnce(context, arn, TAKEN, () =>
        context.aws.iam.createPolicy({
          PolicyName: name,
          Path: path,
          Description: text(properties['Description']),
          PolicyDocument: document(properties['PolicyDocument']),
        }),
      )
      await attachManaged(context, arn, properties, {})
      return managedOutcome(context, arn)
    },
    async update(context, PolicyArn, next, before) {
      await newDefaultVersion(context, PolicyArn, document(next['PolicyDocument']))
      await attachManaged(context, PolicyArn, next, before)
      return managedOutcome(context, PolicyArn)
    },
    takeOver: managedOutcome,
    async delete(context, PolicyArn, properties) {
      const { iam } = context.aws
      await unlessNoEntity(() => attachManaged(context, PolicyArn, {}, properties))
      await unlessNoEntity(async () => {
        const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn })
        for (const { VersionId, IsDefaultVersion } of Versions) {
          if (!IsDefaultVersion) await iam.deletePolicyVersion({ PolicyArn, VersionId })
        }
        await iam.deletePolicy({ PolicyArn })
      })
    },
  },
}

async function attachManaged(
  context: ResourceContext,
  arn: string,
  next: Structure,
  before: Structure,
) {
  const wanted = holdersIn(next)
  for (const { holder, name } of wanted) await holder.attach(context.aws.iam, name, arn)
  for (const { holder, name } of holdersIn(before)) {
    const isKept = wanted.some((other) => other.holder === holder && other.name === name)
    if (!isKept) await unlessNoEntity(() => holder.detach(context.aws.iam, name, arn))
  }
}

/** A policy has at most five versions: the oldest that is not in force makes room. */
async function newDefaultVersion(context: ResourceContext, PolicyArn: string, body: string) {
  const { iam } = context.aws
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn })
  const oldest = Versions.filter((version) => !version.IsDefaultVersion).at(-1)
  if (Versions.length >= 5 && oldest) {
    await iam.deletePolicyVersion({ PolicyArn, VersionId: oldest.VersionId })
  }
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: body, SetAsDefault: true })
}

async function managedOutcome(context: ResourceContext, PolicyArn: string) {
  const { Policy } = await context.aws.iam.getPolicy({ PolicyArn })
  return {
    physicalId: PolicyArn,
    attributes: {
      PolicyArn,
      PolicyId: Policy?.PolicyId ?? '',
      AttachmentCount: String(Policy?.AttachmentCount ?? 0),
      DefaultVersionId: Policy?.DefaultVersionId ?? 'v1',
    },
  }
}

const profiles: Providers = {
  'AWS::IAM::InstanceProfile': {
    properties: {
      ...changes('replace', 'InstanceProfileName Path'),
      ...changes('update', 'Roles'),
    },
    required: ['Roles'],
    attributes: ['Arn'],
    async create(context, properties) {
      const given = text(properties['InstanceProfileName'])
      const name = context.physicalId ?? given ?? context.physicalName(128)
      const Path = pathOf(properties['Path'])
      await makeOnce(context, name, TAKEN, () =>
        context.aws.iam.createInstanceProfile({ InstanceProfileName: name, Path }),
      )
      return setProfileRoles(context, name, texts(properties['Roles']))
    },
    update: (context, name, next) => setProfileRoles(context, name, texts(next['Roles'])),
    async delete(context, InstanceProfileName) {
      await unlessNoEntity(async () => {
        await setProfileRoles(context, InstanceProfileName, [])
        await context.aws.iam.deleteInstanceProfile({ InstanceProfileName })
      })
    },
  },
}

async function setProfileRoles(context: ResourceContext, name: string, wanted: string[]) {
  const { iam } = context.aws
  const { InstanceProfile } = await iam.getInstanceProfile({ InstanceProfileName: name })
  const present = (InstanceProfile?.Roles ?? []).map((role) => role.RoleName ?? '')
  for (const RoleName of present.filter((role) => !wanted.includes(role))) {
    await iam.removeRoleFromInstanceProfile({ InstanceProfileName: name, RoleName })
  }
  for (const RoleName of wanted.filter((role) => !present.includes(role))) {
    await iam.addRoleToInstanceProfile({ InstanceProfileName: name, RoleName })
  }
  return { physicalId: name, attributes: { Arn: InstanceProfile?.Arn ?? '' } }
}

export const iamProviders: Providers = {
  ...role,
  ...policies,
  ...profiles,
  ...iamUserProviders,
  ...iamIdentityProviders,
}
