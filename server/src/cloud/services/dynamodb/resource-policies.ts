import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Operations, RequestContext } from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { badValue, noStream, noTable } from './refusals.ts'
import { type Policy, streamArn } from './table-model.ts'
import { tableByArn } from './table-settings.ts'

export const resourcePolicyOperations = (parts: DynamoParts) =>
  ({
    async PutResourcePolicy(input, ctx) {
      const owner = ownerOf(parts, input.ResourceArn!, ctx)
      checkRevision(owner, input.ExpectedRevisionId)
      const text = policyText(input.Policy!)
      if (owner.policy?.text === text) return { RevisionId: owner.policy.revision }
      const revision = String(Math.max(ctx.now, Number(owner.policy?.revision ?? 0) + 1))
      await owner.keep({ text, revision })
      return { RevisionId: revision }
    },

    GetResourcePolicy(input, ctx) {
      const { policy } = ownerOf(parts, input.ResourceArn!, ctx)
      if (!policy) throw noPolicy(input.ResourceArn!)
      return { Policy: policy.text, RevisionId: policy.revision }
    },

    async DeleteResourcePolicy(input, ctx) {
      const owner = ownerOf(parts, input.ResourceArn!, ctx)
      checkRevision(owner, input.ExpectedRevisionId)
      if (!owner.policy) return {}
      await owner.keep(undefined)
      return { RevisionId: owner.policy.revision }
    },
  }) satisfies Operations<DynamoDb>

/** What a policy stands on: a table, or the stream it has now. */
interface Owner {
  tableName: string
  policy: Policy | undefined
  keep(policy: Policy | undefined): Promise<void>
}

function ownerOf(parts: DynamoParts, arn: string, ctx: RequestContext): Owner {
  const { table, name: tableName } = tableByArn(parts, arn, ctx)
  if (!table) throw noTable(tableName)
  const { tables } = parts
  if (!arn.includes('/stream/')) {
    const keep = (policy: Policy | undefined) => tables.save({ ...table, policy })
    return { tableName, policy: table.policy, keep }
  }
  const { stream } = table
  if (!stream || streamArn(table, stream) !== arn) throw noStream(arn)
  const keep = (policy: Policy | undefined) =>
    tables.save({ ...table, stream: { ...stream, policy } })
  return { tableName, policy: stream.policy, keep }
}

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

const noPolicy = (why: string) =>
  new AwsError(
    'PolicyNotFoundException',
    `Resource-based policy not found for the provided ResourceArn: ${why}`,
  )

/** Where there is no policy yet, only NO_POLICY fits. */
function checkRevision({ tableName: name, policy }: Owner, expected: string | undefined): void {
  if (expected === undefined || expected === (policy?.revision ?? 'NO_POLICY')) return
  if (!policy) {
    throw noPolicy(
      `Requested update for policy with revision id ${expected}, but no policy is associated to ` +
        `target table ${name}.`,
    )
  }
  if (expected === 'NO_POLICY') {
    throw noPolicy(
      `Requested policy update expecting none to be present for table ${name}, but a policy ` +
        `exists with revision id ${policy.revision}.`,
    )
  }
  throw noPolicy(
    `Requested update for policy with revision id ${expected}, but the policy associated to ` +
      `target table ${name} has revision id ${policy.revision}.`,
  )
}
