import type { Version } from './model.ts'
import { badPolicies, badPolicy, badPolicyType, invalid, tooManyPolicies } from './refusals.ts'

/** The kind of job that does what a parameter's policies say. */
export const DUE = 'cloud-ssm.due'

const MOST = 10
const UNIT_MS: Record<string, number> = { Days: 86_400_000, Hours: 3_600_000 }

export interface Policy {
  Type: 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification'
  Version: string
  Attributes: { Timestamp?: string; Before?: string; After?: string; Unit?: string }
}

/** Of `Policies`, each as its own text (user guide, "Assigning parameter policies"). */
export function readPolicies(text: string | undefined): string[] {
  if (text === undefined || text === '' || text === '{}') return []
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw badPolicy('The policies are not valid JSON.')
  }
  if (!Array.isArray(list)) throw badPolicy('The policies are no list.')
  if (list.length > MOST) throw tooManyPolicies()
  const policies = list as Policy[]
  for (const policy of policies) checkPolicy(policy)
  const kinds = policies.map(({ Type }) => Type)
  if (kinds.filter((kind) => kind === 'Expiration').length > 1) {
    throw badPolicies('A parameter can have one Expiration policy.')
  }
  if (kinds.includes('ExpirationNotification') && !kinds.includes('Expiration')) {
    throw badPolicies('ExpirationNotification needs an Expiration policy.')
  }
  return policies.map((policy) => JSON.stringify(policy))
}

function checkPolicy(policy: Policy | null): void {
  const { Type, Attributes } = policy ?? {}
  if (Type === 'Expiration') {
    if (Number.isNaN(Date.parse(Attributes?.Timestamp ?? ''))) {
      throw badPolicy(`Expiration has no valid Timestamp: ${Attributes?.Timestamp ?? ''}`)
    }
    return
  }
  if (Type !== 'ExpirationNotification' && Type !== 'NoChangeNotification') {
    throw badPolicyType(`The policy type isn't supported: ${String(Type ?? '')}`)
  }
  const member = Type === 'ExpirationNotification' ? 'Before' : 'After'
  const count = Attributes?.[member] ?? ''
  if (!/^\d+$/.test(count) || UNIT_MS[Attributes?.Unit ?? ''] === undefined) {
    throw badPolicy(`${Type} has no valid ${member} and Unit.`)
  }
}

export const read = (text: string): Policy => JSON.parse(text) as Policy

/** When a policy of the version acts. */
export function actsAt(version: Version, policy: Policy): number {
  const { Type, Attributes } = policy
  if (Type === 'Expiration') return Date.parse(Attributes.Timestamp!)
  const span = Number(Attributes.Before ?? Attributes.After) * UNIT_MS[Attributes.Unit!]!
  if (Type === 'NoChangeNotification') return version.modifiedAtMs + span
  const expiry = version.policies.map(read).find((one) => one.Type === 'Expiration')!
  return Date.parse(expiry.Attributes.Timestamp!) - span
}

export function dueAt(version: Version, told: string[]): number | undefined {
  const moments = version.policies
    .filter((text) => !told.includes(text))
    .map((text) => actsAt(version, read(text)))
  return moments.length === 0 ? undefined : Math.min(...moments)
}

export function checkTier(policies: string[], tier: string): void {
  if (policies.length === 0 || tier === 'Advanced') return
  throw invalid(
    'Parameter policies are supported for parameters of the advanced-parameter tier only.',
  )
}
