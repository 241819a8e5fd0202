import type { Structure, Value } from '../model.ts'
import { document, list, structure, text, texts } from './property.ts'
import { type ResourceContext, unlessGone } from './provider.ts'

type Iam = ResourceContext['aws']['iam']

/** How one kind of principal carries policies. */
export interface Holder {
  put(iam: Iam, name: string, PolicyName: string, PolicyDocument: string): Promise<unknown>
  drop(iam: Iam, name: string, PolicyName: string): Promise<unknown>
  attach(iam: Iam, name: string, PolicyArn: string): Promise<unknown>
  detach(iam: Iam, name: string, PolicyArn: string): Promise<unknown>
}

export const holders: Record<'role' | 'user' | 'group', Holder> = {
  role: {
    put: (iam, RoleName, PolicyName, PolicyDocument) =>
      iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument }),
    drop: (iam, RoleName, PolicyName) => iam.deleteRolePolicy({ RoleName, PolicyName }),
    attach: (iam, RoleName, PolicyArn) => iam.attachRolePolicy({ RoleName, PolicyArn }),
    detach: (iam, RoleName, PolicyArn) => iam.detachRolePolicy({ RoleName, PolicyArn }),
  },
  user: {
    put: (iam, UserName, PolicyName, PolicyDocument) =>
      iam.putUserPolicy({ UserName, PolicyName, PolicyDocument }),
    drop: (iam, UserName, PolicyName) => iam.deleteUserPolicy({ UserName, PolicyName }),
    attach: (iam, UserName, PolicyArn) => iam.attachUserPolicy({ UserName, PolicyArn }),
    detach: (iam, UserName, PolicyArn) => iam.detachUserPolicy({ UserName, PolicyArn }),
  },
  group: {
    put: (iam, GroupName, PolicyName, PolicyDocument) =>
      iam.putGroupPolicy({ GroupName, PolicyName, PolicyDocument }),
    drop: (iam, GroupName, PolicyName) => iam.deleteGroupPolicy({ GroupName, PolicyName }),
    attach: (iam, GroupName, PolicyArn) => iam.attachGroupPolicy({ GroupName, PolicyArn }),
    detach: (iam, GroupName, PolicyArn) => iam.detachGroupPolicy({ GroupName, PolicyArn }),
  },
}

export const GONE = ['NoSuchEntity', 'NoSuchEntityException']

function inlineOf(properties: Structure): Map<string, string> {
  return new Map(
    list(properties['Policies']).map((item) => {
      const { PolicyName, PolicyDocument } = structure(item)
      return [String(PolicyName), document(PolicyDocument)]
    }),
  )
}

/** Brings a principal's inline and attached policies from one set of properties to another. */
export async function carryPolicies(
  context: ResourceContext,
  holder: Holder,
  name: string,
  next: Structure,
  previous: Structure,
): Promise<void> {
  const { iam } = context.aws
  const wanted = inlineOf(next)
  for (const [policy, body] of wanted) await holder.put(iam, name, policy, body)
  for (const policy of inlineOf(previous).keys()) {
    if (!wanted.has(policy)) await unlessGone(GONE, () => holder.drop(iam, name, policy))
  }
  const attached = texts(next['ManagedPolicyArns'])
  for (const arn of attached) await holder.attach(iam, name, arn)
  for (const arn of texts(previous['ManagedPolicyArns'])) {
    if (!attached.includes(arn)) await unlessGone(GONE, () => holder.detach(iam, name, arn))
  }
}

const holderMembers = { Roles: 'role', Users: 'user', Groups: 'group' } as const

/** Every holder named by `Roles`, `Users` and `Groups`, with its kind. */
export function holdersIn(properties: Structure): { holder: Holder; name: string }[] {
  return Object.entries(holderMembers).flatMap(([member, kind]) =>
    texts(properties[member]).map((name) => ({ holder: holders[kind], name })),
  )
}

export function iamTags(context: ResourceContext, properties: Structure) {
  // IAM refuses tags of the prefix `aws:`; CloudFormation puts none on its resources either.
  return context.tags(properties['Tags']).filter((tag) => !tag.Key.startsWith('aws:'))
}

/** For GetAtt and for names made from paths. */
export function pathOf(value: Value | undefined): string {
  return text(value) ?? '/'
}

export async function unlessNoEntity(run: () => Promise<unknown>): Promise<void> {
  await unlessGone(GONE, run)
}
