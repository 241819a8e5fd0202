import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { parsePolicy, PolicyFault, type PolicyDocument } from '../../policy/index.ts'
import type { KmsParts } from './parts.ts'
import { absentPrincipal } from './principals.ts'
import { badPolicy, invalid, notFound } from './refusals.ts'
import { keyOf, ownKeyOf } from './resolve.ts'
import type { Place } from './model.ts'

const NAME = 'default'

export const policyOperations = (parts: KmsParts) =>
  ({
    async GetKeyPolicy(input, ctx) {
      checkName(input.PolicyName)
      const key = await keyOf(parts, input.KeyId!, ctx)
      return { Policy: key.policy, PolicyName: NAME }
    },

    async PutKeyPolicy(input, ctx) {
      checkName(input.PolicyName)
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      await parts.store.saveKey({ ...key, policy: await policyFor(parts, input, ctx) })
      return {}
    },

    async ListKeyPolicies(input, ctx) {
      await keyOf(parts, input.KeyId!, ctx)
      return { PolicyNames: [NAME], Truncated: false }
    },
  }) satisfies Operations<Kms>

function checkName(name: string | undefined): void {
  if (name !== undefined && name !== NAME) throw notFound('No such policy exists')
}

/** The account may do everything, by its own IAM policies: the default of a key made by the API. */
export const defaultPolicy = ({ account }: Place): string =>
  `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${account}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

interface PolicyInput {
  Policy?: string | undefined
  BypassPolicyLockoutSafetyCheck?: boolean | undefined
}

/** The policy of a request, checked; the default where it gives none. */
export async function policyFor(
  parts: KmsParts,
  input: PolicyInput,
  ctx: RequestContext,
): Promise<string> {
  const { Policy: text, BypassPolicyLockoutSafetyCheck: bypass } = input
  if (text === undefined) return defaultPolicy(ctx)
  if (text.length > 32_768) throw invalid('Policy exceeds the maximum size of 32768 bytes.')
  const document = parsed(text)
  const named = document.statements.flatMap(({ principals = [] }) => principals)
  const arns = named.map(({ value }) => value)
  if ((await absentPrincipal(parts, arns, ctx)) !== undefined) throw badPrincipals()
  if (!bypass && !letsChangeItself(document, ctx)) {
    throw badPolicy('The new key policy will not allow you to update the key policy in the future.')
  }
  return text
}

function parsed(text: string): PolicyDocument {
  let document: PolicyDocument
  try {
    document = parsePolicy(text)
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw badPolicy(error.message)
  }
  for (const { principals, notPrincipals, actions, notActions, resources } of document.statements) {
    const isWhole = (principals ?? notPrincipals) && (actions ?? notActions) && resources
    if (!isWhole) throw badPolicy('Policy contains a statement with one or more missing fields.')
    for (const { type, value } of principals ?? []) checkPrincipal(type, value)
  }
  return document
}

const badPrincipals = () =>
  badPolicy('Policy contains a statement with one or more invalid principals.')

function checkPrincipal(type: string, value: string): void {
  const isKnown =
    type !== 'AWS' ||
    value === '*' ||
    /^\d{12}$/.test(value) ||
    /^arn:aws[\w-]*:(iam|sts)::\d{12}:.+$/.test(value) ||
    /^A(ID|RO)A[A-Z0-9]+$/.test(value)
  if (!isKnown) throw badPrincipals()
}

/**
 * The lockout safety check: somebody of the caller's account is still given kms:PutKeyPolicy, either
 * the caller by name or the account as a whole.
 */
function letsChangeItself({ statements }: PolicyDocument, ctx: RequestContext): boolean {
  const role = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(ctx.principal.arn)
  const names = new Set([
    '*',
    ctx.account,
    `arn:aws:iam::${ctx.account}:root`,
    ctx.principal.arn,
    ...(role ? [`arn:aws:iam::${role[1]}:role/${role[2]}`] : []),
  ])
  const gives = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(
      'kms:PutKeyPolicy',
    )
  return statements.some(
    ({ effect, principals = [], actions, notActions }) =>
      effect === 'Allow' &&
      principals.some(({ value }) => names.has(value)) &&
      (actions ? actions.some(gives) : !notActions?.some(gives)),
  )
}
