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

// AWS packs policies into a form of its own. The sample of its API reference, a policy of 104
// characters, takes 6 %; this many compressed bytes a per cent come out the same.
const POLICY_BYTES_PER_CENT = 15

// Tags aren't compressed: nine of two letters each and 250 times the same one were seen to take 498 %.
const TAG_BYTES_PER_CENT = 4.555

/** How full the session's policies and tags make it, in per cent. Throws PackedPolicyTooLarge. */
export function packedSize({ Policy, PolicyArns, Tags }: PolicyInput): number {
  const policies = [
    ...(Policy === undefined ? [] : [Policy]),
    ...(PolicyArns ?? []).map(({ arn }) => arn),
  ]
  const packed = policies.length > 0 ? deflateRawSync(policies.join('\n')).length : 0
  const tags = (Tags ?? []).map(({ Key, Value }) => Buffer.byteLength(`${Key}${Value}`))
  const tagBytes = tags.reduce((sum, bytes) => sum + bytes, 0)
  const size = Math.ceil(packed / POLICY_BYTES_PER_CENT + tagBytes / TAG_BYTES_PER_CENT)
  if (size <= 100) return size
  throw new AwsError(
    'PackedPolicyTooLarge',
    packed === 0
      ? `Packed size of session tags consumes ${size}% of allotted space.`
      : `Packed policy consumes ${size}% of allotted space, please use smaller policy.`,
    { status: 400 },
  )
}
