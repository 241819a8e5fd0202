import type { CloudPolicy } from '@madang/api'
import type { Aws } from '../gateway/index.ts'

/** IAM gives documents out percent-encoded (RFC 3986). */
const plain = (document: string | undefined) => decodeURIComponent(document ?? '')

export async function policyByArn({ iam }: Aws, PolicyArn: string): Promise<CloudPolicy> {
  const { Policy } = await iam.getPolicy({ PolicyArn })
  const VersionId = Policy!.DefaultVersionId!
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId })
  return {
    name: Policy!.PolicyName!,
    arn: PolicyArn,
    description: Policy!.Description,
    attachments: Policy!.AttachmentCount,
    document: plain(PolicyVersion!.Document),
  }
}

/** Those attached first, then those written into it. */
export async function policiesOfRole(aws: Aws, RoleName: string): Promise<CloudPolicy[]> {
  const { AttachedPolicies } = await aws.iam.listAttachedRolePolicies({ RoleName })
  const { PolicyNames } = await aws.iam.listRolePolicies({ RoleName })
  const inline = (PolicyNames ?? []).map(async (PolicyName) => {
    const { PolicyDocument } = await aws.iam.getRolePolicy({ RoleName, PolicyName })
    return { name: PolicyName, document: plain(PolicyDocument) }
  })
  return Promise.all([...attached(aws, AttachedPolicies), ...inline])
}

export async function policiesOfUser(aws: Aws, UserName: string): Promise<CloudPolicy[]> {
  const { AttachedPolicies } = await aws.iam.listAttachedUserPolicies({ UserName })
  const { PolicyNames } = await aws.iam.listUserPolicies({ UserName })
  const inline = (PolicyNames ?? []).map(async (PolicyName) => {
    const { PolicyDocument } = await aws.iam.getUserPolicy({ UserName, PolicyName })
    return { name: PolicyName, document: plain(PolicyDocument) }
  })
  return Promise.all([...attached(aws, AttachedPolicies), ...inline])
}

function attached(aws: Aws, policies: { PolicyArn?: string }[] | undefined) {
  return (policies ?? []).map(({ PolicyArn }) => policyByArn(aws, PolicyArn!))
}
