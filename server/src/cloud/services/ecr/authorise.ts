import { AwsError, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import { repositoryArn } from './model.ts'
import { addressOf, type EcrParts } from './parts.ts'

type Values = Record<string, unknown>

const ofNoRepository = new Set(['GetAuthorizationToken', 'DescribeRegistry'])

/** The repositories that are named; each one's own policy may allow, too. */
export function ecrRequests(
  { store }: EcrParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  const action = `ecr:${operation}`
  if (ofNoRepository.has(operation)) return [{ action, resource: '*' }]
  return arnsOf(input, ctx).map((resource) => {
    const [, , , region, account, path = ''] = resource.split(':')
    const name = path.slice('repository/'.length)
    const repository = store.find({ account: account!, region: region!, name })
    return {
      action,
      resource,
      resourceAccount: account,
      ...(repository?.policy !== undefined && {
        resourcePolicy: withResource(repository.policy, resource),
      }),
      context: {
        ...ofTags('aws:ResourceTag', repository?.tags ?? {}),
        ...ofTags('ecr:ResourceTag', repository?.tags ?? {}),
        ...ofRequest(input),
      },
    }
  })
}

function arnsOf(input: Values, ctx: RequestContext): string[] {
  const { resourceArn, repositoryName, repositoryNames, registryId } = input
  if (typeof resourceArn === 'string') return [resourceArn]
  const names = (repositoryNames ?? [repositoryName ?? '*']) as string[]
  return names.map((name) =>
    repositoryArn(addressOf({ registryId: registryId as string, repositoryName: name }, ctx)),
  )
}

/** A repository's policy names no resource: it is always its own. Statements may share an id here. */
export function withResource(text: string, resource: string): unknown {
  const policy = JSON.parse(text) as { Statement: Values | Values[] } | null
  if (policy?.Statement === undefined) return policy
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]
  return {
    ...policy,
    Statement: statements.map((one) => ({ ...one, Sid: undefined, Resource: resource })),
  }
}

const ofTags = (prefix: string, tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))

function ofRequest(input: Values): Record<string, string | string[]> {
  const tags = (input['tags'] ?? []) as { Key?: string; Value?: string }[]
  const keys = (input['tagKeys'] as string[] | undefined) ?? tags.flatMap(({ Key }) => Key ?? [])
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
    ...(keys.length > 0 && { 'aws:TagKeys': keys }),
  }
}

const enums: Record<string, string[]> = {
  imageTagMutability: [
    'MUTABLE',
    'IMMUTABLE',
    'IMMUTABLE_WITH_EXCLUSION',
    'MUTABLE_WITH_EXCLUSION',
  ],
}

/** Words of a set, in ECR's way of refusing others. */
export function checkWords(input: Values): void {
  for (const [member, values] of Object.entries(enums)) {
    const value = input[member]
    if (value === undefined || values.includes(value as string)) continue
    throw new AwsError(
      'InvalidParameterException',
      `Invalid parameter at '${member}' failed to satisfy constraint: 'Member must satisfy enum value set: [${values.join(', ')}]'`,
      { status: 400 },
    )
  }
}
