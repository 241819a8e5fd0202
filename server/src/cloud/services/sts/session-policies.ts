import { deflateRawSync } from 'node:zlib'
import { AwsError } from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import type { RoleAuthority } from './authority.ts'
import { invalid } from './input-rules.ts'

interface PolicyInput {
  Policy?: string | undefined
  PolicyArns?: { arn?: string | undefined }[] | undefined
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined
}

const POLICY_ARNS = 10

/** Session policies as text; a managed one is taken as it is now. */
export function sessionPolicies(
  input: PolicyInput,
  account: string,
  { providers }: Pick<RoleAuthority, 'providers'>,
): string[] {
  const arns = (input.PolicyArns ?? []).map(({ arn = '' }) => arn)
  if (arns.length > POLICY_ARNS) {
    throw invalid(
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${POLICY_ARNS}`,
    )
  }
  const managed = arns.map((arn) => {
    const text = providers.policyText(account, arn)
    if (text === undefined) throw invalid(`Policy ${arn} does not exist or is not attachable.`)
    return text
  })
  if (input.Policy === undefined) return managed
  try {
    checkPolicy(input.Policy, 'identity')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new AwsError('MalformedPolicyDocument', error.message, { status: 400 })
  }
  return [...managed, input.Policy]
}

// AWS packs policies and tags into a form of its own. The sample of its API reference, a policy of
// 104 characters, takes 6 %; this many compressed bytes a per cent come out the same.
const BYTES_PER_CENT = 15

/** How full the session's policies and tags make it, in per cent. Throws PackedPolicyTooLarge. */
export function packedSize({ Policy, PolicyArns, Tags }: PolicyInput): number {
  if (Policy === undefined && !PolicyArns?.length && !Tags?.length) return 0
  const tags = (Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`)
  const arns = (PolicyArns ?? []).map(({ arn }) => arn)
  const packed = deflateRawSync([Policy ?? '', ...arns, ...tags].join('\n'))
  const size = Math.max(1, Math.ceil(packed.length / BYTES_PER_CENT))
  if (size > 100) {
    throw new AwsError(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${size}% of allotted space, please use smaller policy.`,
      { status: 400 },
    )
  }
  return size
}
