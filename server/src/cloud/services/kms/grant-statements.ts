import type { RequestContext } from '../../gateway/index.ts'
import type { Grant, Key } from './model.ts'
import type { KmsParts } from './parts.ts'

type Values = Record<string, unknown>

interface Policy {
  Version?: string
  Statement: unknown
}

const parsed = new WeakMap<Key, Policy>()

/**
 * The key's policy, and a statement for each grant whose constraints hold: so an explicit deny
 * anywhere still wins over a grant. The policy's own text when there is none.
 */
export function policyWithGrants(
  { store }: KmsParts,
  key: Key,
  action: string,
  input: Values,
  ctx: RequestContext,
): unknown {
  const statements = store.grantsOf(key).flatMap((grant) => statementOf(grant, action, input, ctx))
  if (statements.length === 0) return key.policy
  let policy = parsed.get(key)
  if (!policy) parsed.set(key, (policy = JSON.parse(key.policy) as Policy))
  return { Version: '2012-10-17', Statement: [...[policy.Statement].flat(), ...statements] }
}

function statementOf(grant: Grant, action: string, input: Values, ctx: RequestContext): object[] {
  const operation = action.slice('kms:'.length)
  const retires =
    operation === 'RetireGrant' && grant.retiring !== undefined && isAbout(grant, input)
      ? [allow(grant.retiring, action)]
      : []
  if (!grant.operations.includes(operation) || !holds(grant, input, ctx)) return retires
  if (operation === 'RetireGrant' && !isAbout(grant, input)) return retires
  return [...retires, { ...allow(grant.grantee, action), ...fromSource(grant) }]
}

const fromSource = ({ sourceArn }: Grant) =>
  sourceArn === undefined ? {} : { Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } } }

const isAbout = ({ id, token }: Grant, input: Values) =>
  input['GrantId'] === id || input['GrantToken'] === token

function allow(principal: string, action: string): object {
  const isService = !principal.startsWith('arn:')
  return {
    Effect: 'Allow',
    Principal: isService ? { Service: principal } : { AWS: principal },
    Action: action,
    Resource: '*',
  }
}

const withoutContext = new Set(['CreateGrant', 'DescribeKey', 'GetPublicKey', 'RetireGrant'])

/** Constraints on the encryption context don't hold back operations that have none. */
function holds({ subset, equals }: Grant, input: Values, ctx: RequestContext): boolean {
  if (withoutContext.has(ctx.operation)) return true
  const context = (input['EncryptionContext'] ?? {}) as Record<string, string>
  const has = (wanted: Record<string, string>) =>
    Object.entries(wanted).every(([name, value]) => context[name] === value)
  if (subset && !has(subset)) return false
  if (!equals) return true
  return has(equals) && Object.keys(equals).length === Object.keys(context).length
}
