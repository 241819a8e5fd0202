import { AwsError } from '../../gateway/index.ts'

type Input = Record<string, unknown>

interface Rule {
  min?: number
  max?: number
  pattern?: string
}

const SESSION = String.raw`[\w+=,.@-]*`

// API reference of STS, version 2011-06-15.
const rules: Record<string, Rule> = {
  RoleArn: { min: 20, max: 2048 },
  PrincipalArn: { min: 20, max: 2048 },
  RoleSessionName: { min: 2, max: 64, pattern: SESSION },
  SourceIdentity: { min: 2, max: 64, pattern: SESSION },
  ExternalId: { min: 2, max: 1224, pattern: String.raw`[\w+=,.@:\/-]*` },
  SerialNumber: { min: 9, max: 256, pattern: String.raw`[\w+=/:,.@-]*` },
  TokenCode: { min: 6, max: 6, pattern: String.raw`[\d]*` },
  TargetPrincipal: { min: 12, max: 2048 },
  AccessKeyId: { min: 16, max: 128, pattern: String.raw`[\w]*` },
  EncodedMessage: { min: 1, max: 10_240 },
  WebIdentityToken: { min: 4, max: 20_000 },
  SAMLAssertion: { min: 4, max: 100_000 },
  ProviderId: { min: 4, max: 2048 },
  Policy: { min: 1, max: 2048 },
  Name: { min: 2, max: 32, pattern: SESSION },
}

const durations: Record<string, [least: number, most: number]> = {
  AssumeRole: [900, 43_200],
  AssumeRoleWithWebIdentity: [900, 43_200],
  AssumeRoleWithSAML: [900, 43_200],
  AssumeRoot: [0, 900],
  GetFederationToken: [900, 129_600],
  GetSessionToken: [900, 129_600],
  GetWebIdentityToken: [60, 3600],
}

/** All broken constraints in one ValidationError; unlike IAM, STS repeats the values. */
export function checkInput(operation: string, input: Input): void {
  const broken = Object.keys(input).flatMap((member) => {
    const value = input[member]
    return value === undefined ? [] : faults(operation, member, value)
  })
  if (broken.length > 0) {
    const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected`
    throw invalid(`${count}: ${broken.join('; ')}`)
  }
  const role = input['RoleArn']
  if (typeof role === 'string' && !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(role)) {
    throw invalid(`${role} is invalid`)
  }
}

export const invalid = (message: string) =>
  new AwsError('ValidationError', message, { status: 400 })

function faults(operation: string, member: string, value: unknown): string[] {
  const at =
    member === 'SAMLAssertion' ? 'sAMLAssertion' : member[0]!.toLowerCase() + member.slice(1)
  const isSecret = /Token|Assertion|Policy/.test(member)
  const shown = isSecret || Array.isArray(value) ? '' : ` '${String(value)}'`
  return constraints(operation, member, value).map(
    (constraint) => `Value${shown} at '${at}' failed to satisfy constraint: ${constraint}`,
  )
}

function constraints(operation: string, member: string, value: unknown): string[] {
  if (member === 'DurationSeconds') {
    const [least, most] = durations[operation] ?? [0, Number.MAX_SAFE_INTEGER]
    return within(Number(value), 'value', least, most)
  }
  if ((member === 'Tags' || member === 'TransitiveTagKeys') && Array.isArray(value)) {
    return within(value.length, 'length', 0, 50)
  }
  const rule = rules[member]
  if (!rule || typeof value !== 'string') return []
  const { min = 0, max = Number.MAX_SAFE_INTEGER, pattern } = rule
  const isFitting = pattern === undefined || new RegExp(`^(?:${pattern})$`).test(value)
  return [
    ...within(value.length, 'length', min, max),
    ...(isFitting ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
  ]
}

function within(size: number, noun: string, least: number, most: number): string[] {
  if (size > most) return [`Member must have ${noun} less than or equal to ${most}`]
  return size < least ? [`Member must have ${noun} greater than or equal to ${least}`] : []
}
