export interface Place {
  account: string
  region: string
}

export type ParameterType = 'String' | 'StringList' | 'SecureString'
export type Tier = 'Standard' | 'Advanced'

/** One value of a parameter, with everything that was said when it was put. */
export interface Version {
  version: number
  type: ParameterType
  /** Of a SecureString what KMS made of it, in base 64. */
  value: string
  /** Of a SecureString, as it was given. */
  keyId?: string
  description?: string
  allowedPattern?: string
  dataType: string
  tier: Tier
  /** As they were given, each on its own: JSON text. */
  policies: string[]
  labels: string[]
  modifiedAtMs: number
  modifiedBy: string
}

export interface Parameter extends Place {
  name: string
  createdAtMs: number
  tags: Record<string, string>
  /** The oldest first; never empty. */
  versions: Version[]
  /** Notices of policies that were given already, by their text. */
  told: string[]
}

export const latest = ({ versions }: Parameter): Version => versions.at(-1)!

export const parameterArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`

/** `name`, `name:3`, `name:label`, or any of them in an ARN. */
export interface Selected {
  place: Place
  name: string
  /** With its colon, as it is told back. */
  selector?: string
}

const arnForm = /^arn:[\w-]+:ssm:([^:]*):([^:]*):parameter(\/[^:]+)(:.+)?$/

/**
 * An ARN has one slash before the name whether the name begins with one or not: `isOneLevel` tells
 * that both are to be looked for.
 */
export function select(text: string, here: Place): Selected & { isOneLevel: boolean } {
  const arn = arnForm.exec(text)
  if (arn) {
    const [, region, account, path, selector] = arn
    const isOneLevel = !path!.slice(1).includes('/')
    return { place: { account: account!, region: region! }, name: path!, selector, isOneLevel }
  }
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const selector = colon < 0 ? undefined : text.slice(colon)
  return { place: here, name, selector, isOneLevel: false }
}

export function versionAt({ versions }: Parameter, selector: string | undefined) {
  if (selector === undefined) return versions.at(-1)
  const wanted = selector.slice(1)
  return /^\d+$/.test(wanted)
    ? versions.find(({ version }) => version === Number(wanted))
    : versions.find(({ labels }) => labels.includes(wanted))
}
