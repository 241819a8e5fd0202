import type { CloudFormation, Operations, RequestContext } from '../../../gateway/index.ts'
import { readInput } from '../engine/index.ts'
import type { StackInput } from '../model.ts'
import { checkStackPolicy, invalid } from '../template/index.ts'
import { existingStack, type Parts } from './parts.ts'
import { fromS3 } from './template-text.ts'

type PolicyName = 'StackPolicy' | 'StackPolicyDuringUpdate'
type PolicyRequest = { [N in `${PolicyName}${'Body' | 'URL'}`]?: string }

export function stackPolicyOperations(parts: Parts) {
  return {
    async SetStackPolicy(input, ctx) {
      const found = await existingStack(parts, ctx, input.StackName)
      const text = await policyText(ctx, found, 'StackPolicy', input)
      await parts.stacks.write((tx) =>
        parts.stacks.stackChange(tx, found.stackId, (stack) => {
          stack.stackPolicy = text
        }),
      )
      return {}
    },

    async GetStackPolicy(input, ctx) {
      const stack = await existingStack(parts, ctx, input.StackName)
      if (stack.status !== 'UPDATE_IN_PROGRESS') return { StackPolicyBody: stack.stackPolicy }
      const operation = await parts.operations.latest(stack.stackId)
      const isPassing = operation?.isPolicyPassing === true
      return { StackPolicyBody: isPassing ? operation.policy : stack.stackPolicy }
    },
  } satisfies Operations<CloudFormation>
}

/** A policy given as text or where it lies in S3, checked against the template it is to guard. */
export async function policyText(
  ctx: RequestContext,
  target: StackInput,
  name: PolicyName,
  given: PolicyRequest,
): Promise<string | undefined> {
  const [body, url] = [given[`${name}Body`], given[`${name}URL`]]
  if (body !== undefined && url !== undefined) {
    throw invalid(`You cannot specify both ${name}URL and ${name}Body`)
  }
  const text = body ?? (url === undefined ? undefined : await fromS3(ctx, url))
  if (text === undefined || target.brokenBy !== undefined) return text
  const { template } = readInput(target)
  checkStackPolicy(text, Object.keys(template.resources))
  return text
}
