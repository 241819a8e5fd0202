import { AwsError, type Operations, type Sns } from '../../gateway/index.ts'
import { checkArn, invalid, parseObject, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'
import { isKnownKind, replaced } from './sensitive-data.ts'
import type { Settings } from './settings.ts'

const MOST_BYTES = 30_720
const SETTING = 'dataProtection'
const KIND = 'arn:aws:dataprotection::aws:data-identifier/'
const needed = ['Name', 'Version', 'Statement']

/** What is done with sensitive data of what these principals publish. */
interface Rule {
  principals: string[]
  kinds: string[]
  /** What stands for what was found; undefined refuses the message. */
  replacement: ((found: string) => string) | undefined
}

const refusal = (reason: string) => invalid(`DataProtectionPolicy Reason: ${reason}`)
const unknown = (what: string) => refusal(`Madang does not implement ${what}`)

export const dataProtectionOperations = ({ store, settings }: SnsParts) =>
  ({
    async PutDataProtectionPolicy(input) {
      const topic = topicOf(store.topicFind(checkArn('ResourceArn', input.ResourceArn)))
      const text = input.DataProtectionPolicy ?? ''
      checkDataProtection(topic.isFifo, text)
      await keepDataProtection(settings, topic, text)
      return {}
    },

    GetDataProtectionPolicy(input) {
      const topic = topicOf(store.topicFind(checkArn('ResourceArn', input.ResourceArn)))
      return { DataProtectionPolicy: settings.get(topic, SETTING)[topic.arn] ?? '' }
    },
  }) satisfies Operations<Sns>

function topicOf(topic: Topic | undefined): Topic {
  if (topic) return topic
  throw new AwsError('ResourceNotFoundException', 'Resource does not exist')
}

export async function keepDataProtection(
  settings: Settings,
  topic: Topic,
  text: string,
): Promise<void> {
  const { [topic.arn]: before, ...others } = settings.get(topic, SETTING)
  if ((before ?? '') === text) return
  await settings.put(topic, SETTING, text === '' ? others : { ...others, [topic.arn]: text })
}

/** Throws in SNS's words, and names what of SNS's policies is not carried out here. */
export function checkDataProtection(isFifo: boolean, text: string): void {
  if (isFifo) throw invalid('Data protection policies are not supported for FIFO topics')
  if (text !== '') rulesOf(text)
}

/** What of the texts goes on; throws where a statement denies them. */
export function protectedTexts(
  settings: Settings,
  topic: Topic,
  texts: Record<string, string>,
  principal: string,
): Record<string, string> {
  const policy = settings.get(topic, SETTING)[topic.arn]
  if (policy === undefined) return texts
  const rules = rulesOf(policy).filter(
    ({ principals }) => principals.includes('*') || principals.includes(principal),
  )
  const kept = Object.entries(texts).map(([protocol, text]) => {
    let result = text
    for (const { kinds, replacement } of rules) {
      const changed = replaced(result, kinds, replacement ?? ((found) => found))
      if (changed !== undefined && !replacement) throw denied(topic, principal)
      result = changed ?? result
    }
    return [protocol, result]
  })
  return Object.fromEntries(kept) as Record<string, string>
}

const denied = ({ arn }: Topic, principal: string) =>
  new AwsError(
    'AuthorizationErrorException',
    `User: ${principal} is not authorized to perform: SNS:Publish on resource: ${arn} with an explicit deny in a data protection policy`,
  )

type Fields = Record<string, unknown>

function rulesOf(text: string): Rule[] {
  if (Buffer.byteLength(text) > MOST_BYTES) throw refusal('too long')
  const policy = parseObject(text)
  if (!policy) throw refusal('failed to parse JSON')
  const missing = needed.find((name) => policy[name] === undefined)
  if (missing) throw refusal(`${missing} is missing`)
  if (policy['Configuration'] !== undefined) throw unknown('Configuration')
  // Whoever is denied is told so, whatever the order of the statements.
  const rules = [policy['Statement']].flat().map((one) => ruleOf((one ?? {}) as Fields))
  return rules.toSorted((a, b) => Number(!!a.replacement) - Number(!!b.replacement))
}

function ruleOf({ DataDirection, DataIdentifier, Principal, Operation }: Fields): Rule {
  if (DataDirection !== 'Inbound' && DataDirection !== 'Outbound') {
    throw refusal('Statement DataDirection must be either Inbound or Outbound')
  }
  if (DataDirection === 'Outbound') throw unknown('DataDirection Outbound')
  const identifiers = textsIn('DataIdentifier', DataIdentifier)
  const kinds = identifiers.map((arn) => (arn.startsWith(KIND) ? arn.slice(KIND.length) : arn))
  const strange = kinds.find((kind) => !isKnownKind(kind))
  if (strange !== undefined) throw unknown(`DataIdentifier ${strange}`)
  const replacement = replacementOf((Operation ?? {}) as Fields)
  return { kinds, principals: textsIn('Principal', Principal), replacement }
}

function textsIn(name: string, value: unknown): string[] {
  const isFine = Array.isArray(value) && value.length > 0
  if (isFine && value.every((one) => typeof one === 'string')) return value
  throw refusal(`Statement ${name} must be a list of texts`)
}

function replacementOf(operation: Fields): Rule['replacement'] {
  const [[name, given] = [], ...more] = Object.entries(operation)
  if (name === undefined || more.length > 0) throw refusal('Statement Operation must be one')
  if (name === 'Deny') return undefined
  if (name !== 'Deidentify') throw unknown(`Operation ${name}`)
  const { MaskConfig: mask, RedactConfig: redact } = (given ?? {}) as Fields
  if (redact !== undefined) return () => ''
  const sign = (mask as Fields | undefined)?.['MaskWithCharacter']
  if (typeof sign === 'string' && /^[ -~]$/.test(sign)) return (found) => sign.repeat(found.length)
  throw refusal('MaskWithCharacter must be one character')
}
