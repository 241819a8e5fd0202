import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Operations } from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { badValue } from './refusals.ts'
import { tableArn, type Table } from './table-model.ts'
import { taggedTable } from './table-settings.ts'

export const resourcePolicyOperations = (parts: DynamoParts) =>
  ({
    async PutResourcePolicy(input, ctx) {
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      checkRevision(table, input.ExpectedRevisionId)
      const text = policyText(input.Policy!)
      if (table.policy?.text === text) return { RevisionId: table.policy.revision }
      const revision = String(Math.max(ctx.now, Number(table.policy?.revision ?? 0) + 1))
      await parts.tables.save({ ...table, policy: { text, revision } })
      return { RevisionId: revision }
    },

    GetResourcePolicy(input, ctx) {
      const { policy } = taggedTable(parts, input.ResourceArn!, ctx)
      if (!policy) throw noPolicy(input.ResourceArn!)
      return { Policy: policy.text, RevisionId: policy.revision }
    },

    async DeleteResourcePolicy(input, ctx) {
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      checkRevision(table, input.ExpectedRevisionId)
      if (!table.policy) return {}
      await parts.tables.save({ ...table, policy: undefined })
      return { RevisionId: table.policy.revision }
    },
  }) satisfies Operations<DynamoDb>

const POLICY_BYTES = 20_480

export function policyText(given: string): string {
  if (Buffer.byteLength(given) > POLICY_BYTES) {
    throw badValue(`Maximum policy size of ${POLICY_BYTES} bytes exceeded`)
  }
  const wrong = wrongPolicy(given)
  if (wrong !== undefined) throw badValue(`Invalid policy document: ${wrong}`)
  return given
}

const NO_JSON = 'This policy contains invalid Json'

/** What keeps a text from being a policy; what its statements say is IAM's affair. */
function wrongPolicy(given: string): string | undefined {
  const policy = parsed(given)
  if (policy === undefined || Array.isArray(policy)) return NO_JSON
  if (typeof policy !== 'object' || policy === null) return 'This text appears not to be a policy'
  const { Statement: statements } = policy as { Statement?: unknown }
  if (statements === undefined) return 'Syntax error at position (1,3)'
  const all = [statements].flat() as Record<string, unknown>[]
  if (all.length === 0) return 'Could not parse the policy: Statement is empty!'
  for (const statement of all) {
    if (statement['Effect'] === undefined) return 'Missing required field Effect'
    const names = statement['Resource'] ?? statement['NotResource']
    if (names === undefined) return 'Missing required field Resource'
  }
  return undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const noPolicy = (arn: string) =>
  new AwsError(
    'PolicyNotFoundException',
    `Resource-based policy not found for the provided ResourceArn: ${arn}`,
  )

function checkRevision(table: Table, expected: string | undefined): void {
  if (expected === undefined) return
  if (expected === (table.policy?.revision ?? 'NO_POLICY')) return
  throw new AwsError(
    'PolicyNotFoundException',
    'Resource-based policy not found due to a mismatch of the RevisionId for the provided ' +
      `ResourceArn: ${tableArn(table)}`,
  )
}
