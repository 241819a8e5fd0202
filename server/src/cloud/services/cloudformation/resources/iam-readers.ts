import type { Aws } from '../../../gateway/index.ts'
import type { Structure, Value } from '../model.ts'
import { GONE } from './iam-policies.ts'
import { list, structure } from './property.ts'
import { unlessGone } from './provider.ts'
import type { Reader } from './readers.ts'

/** Policies come with their signs escaped. */
const policyIn = (document: string | undefined) => JSON.parse(decodeURIComponent(document ?? '{}'))

/** As text where the template gives it as text. */
const likeGiven = (given: Value | undefined, document: string | undefined): unknown => {
  const found: unknown = policyIn(document)
  return typeof given === 'string' ? JSON.stringify(found) : found
}

/** Those of its inline policies that the template names: others belong to other resources. */
async function inlinePolicies(
  given: Structure,
  read: (PolicyName: string) => Promise<{ PolicyDocument?: string }>,
) {
  const found = await Promise.all(
    list(given['Policies']).map(async (item) => {
      const { PolicyName, PolicyDocument } = structure(item)
      const policy = await unlessGone(GONE, () => read(String(PolicyName)))
      if (!policy) return []
      return [{ PolicyName, PolicyDocument: likeGiven(PolicyDocument, policy.PolicyDocument) }]
    }),
  )
  return found.flat()
}

const arnsOf = (attached: { PolicyArn?: string }[] = []) => attached.map((one) => one.PolicyArn)

export const iamReaders: Record<string, Reader> = {
  async 'AWS::IAM::Role'({ iam }: Aws, RoleName, given) {
    const { Role: found } = await iam.getRole({ RoleName })
    const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName })
    return {
      AssumeRolePolicyDocument: likeGiven(
        given['AssumeRolePolicyDocument'],
        found!.AssumeRolePolicyDocument,
      ),
      Description: found!.Description,
      ManagedPolicyArns: arnsOf(AttachedPolicies),
      MaxSessionDuration: found!.MaxSessionDuration,
      Path: found!.Path,
      PermissionsBoundary: found!.PermissionsBoundary?.PermissionsBoundaryArn,
      Policies: await inlinePolicies(given, (PolicyName) =>
        iam.getRolePolicy({ RoleName, PolicyName }),
      ),
      RoleName,
    }
  },
  async 'AWS::IAM::User'({ iam }: Aws, UserName, given) {
    const { User: found } = await iam.getUser({ UserName })
    const { AttachedPolicies } = await iam.listAttachedUserPolicies({ UserName })
    const { Groups } = await iam.listGroupsForUser({ UserName })
    return {
      Groups: Groups?.map((group) => group.GroupName),
      ManagedPolicyArns: arnsOf(AttachedPolicies),
      Path: found!.Path,
      PermissionsBoundary: found!.PermissionsBoundary?.PermissionsBoundaryArn,
      Policies: await inlinePolicies(given, (PolicyName) =>
        iam.getUserPolicy({ UserName, PolicyName }),
      ),
      UserName,
    }
  },
  async 'AWS::IAM::ManagedPolicy'({ iam }: Aws, PolicyArn, given) {
    const { Policy: found } = await iam.getPolicy({ PolicyArn })
    const VersionId = found!.DefaultVersionId!
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId })
    return {
      Description: found!.Description,
      ManagedPolicyName: found!.PolicyName,
      Path: found!.Path,
      PolicyDocument: likeGiven(given['PolicyDocument'], PolicyVersion!.Document),
    }
  },
}
