import {
  type CloudDecision,
  type CloudIdentity,
  type CloudPolicy,
  cloudConsoleEndpoints as api,
} from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import type { Aws } from '../gateway/index.ts'
import { answered } from './answered.ts'
import { policiesOfRole, policiesOfUser, policyByArn } from './iam-policies.ts'
import type { ConsoleParts } from './parts.ts'

export function iamRoutes({ aws }: ConsoleParts): Route[] {
  return [
    route(api.cloudPolicyList, async ({ query }) => {
      const input = { Scope: 'Local' as const, MaxItems: query.limit, Marker: query.cursor }
      const page = await answered(aws().iam.listPolicies(input))
      const items = (page.Policies ?? []).map((policy): CloudPolicy => ({
        name: policy.PolicyName!,
        arn: policy.Arn!,
        description: policy.Description,
        attachments: policy.AttachmentCount,
      }))
      return { items, nextCursor: page.Marker }
    }),
    route(api.cloudPolicyGet, ({ query }) => answered(policyByArn(aws(), query.arn))),
    route(api.cloudIdentityGet, ({ params }) =>
      answered(params.kind === 'role' ? role(aws(), params.name) : user(aws(), params.name)),
    ),
    route(api.cloudDecisionGet, ({ query }) => answered(decision(aws(), query))),
  ]
}

async function role(aws: Aws, RoleName: string): Promise<CloudIdentity> {
  const { Role } = await aws.iam.getRole({ RoleName })
  return {
    name: Role!.RoleName!,
    arn: Role!.Arn!,
    createdAt: Role!.CreateDate!.toISOString(),
    trust: decodeURIComponent(Role!.AssumeRolePolicyDocument ?? ''),
    groups: [],
    policies: await policiesOfRole(aws, RoleName),
  }
}

async function user(aws: Aws, UserName: string): Promise<CloudIdentity> {
  const { User } = await aws.iam.getUser({ UserName })
  const { Groups } = await aws.iam.listGroupsForUser({ UserName })
  return {
    name: User!.UserName!,
    arn: User!.Arn!,
    createdAt: User!.CreateDate!.toISOString(),
    groups: (Groups ?? []).map(({ GroupName }) => GroupName!),
    policies: await policiesOfUser(aws, UserName),
  }
}

interface Question {
  principal: string
  action: string
  resource: string
}

async function decision({ iam }: Aws, asked: Question): Promise<CloudDecision> {
  const { EvaluationResults } = await iam.simulatePrincipalPolicy({
    PolicySourceArn: asked.principal,
    ActionNames: [asked.action],
    ResourceArns: [asked.resource],
  })
  const result = EvaluationResults![0]!
  const names = (result.MatchedStatements ?? []).map(({ SourcePolicyId }) => SourcePolicyId ?? '')
  return {
    action: result.EvalActionName!,
    resource: result.EvalResourceName ?? asked.resource,
    decision: result.EvalDecision!,
    policies: [...new Set(names)],
    missingKeys: result.MissingContextValues ?? [],
  }
}
