import type { MessageAttributeValue } from '@aws-sdk/client-sns'
import { AwsError } from '../../gateway/index.ts'
import { invalidAttribute } from './model.ts'

export interface PublishedAttribute {
  type: string
  text?: string | undefined
  base64?: string | undefined
}

type Given = Record<string, MessageAttributeValue> | undefined

/** `path` is where the request has them, for what its constraints refuse. Throws in SNS's words. */
export function readAttributes(given: Given, path = ''): Record<string, PublishedAttribute> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, value]) => [name, readAttribute(name, value, path)]),
  )
}

function readAttribute(
  name: string,
  value: MessageAttributeValue,
  path: string,
): PublishedAttribute {
  const { DataType: type, StringValue: text, BinaryValue: binary } = value
  if (type === undefined) {
    const at = `${path}messageAttributes.${name}.member.dataType`
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
    )
  }
  checkName(name)
  if (type === '') {
    throw invalidAttribute(
      `The message attribute '${name}' must contain non-empty message attribute type.`,
    )
  }
  const base = type.split('.')[0]!
  if (!['String', 'Number', 'Binary'].includes(base)) {
    throw invalidAttribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  checkField(name, type, value)
  if (base === 'Number' && !Number.isFinite(Number(text))) {
    throw invalidAttribute(`Could not cast message attribute '${name}' value to number.`)
  }
  return base === 'Binary'
    ? { type, base64: Buffer.from(binary!).toString('base64') }
    : { type, text }
}

/** The value has to be there, and in the field of its type. */
function checkField(
  name: string,
  type: string,
  { StringValue: text, BinaryValue: binary }: MessageAttributeValue,
): void {
  const isBinary = type.startsWith('Binary')
  const [own, other] = isBinary ? [binary, text] : [text, binary]
  if (own?.length) return
  if (!other?.length) {
    throw invalidAttribute(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    )
  }
  const field = isBinary ? 'Binary' : 'String'
  throw invalidAttribute(
    `The message attribute '${name}' with type '${type}' must use field '${field}'.`,
  )
}

function checkName(name: string): void {
  if (name.length > 256) {
    throw invalidAttribute('Length of message attribute name must be less than 256 bytes.')
  }
  const odd = /[^\w.-]/.exec(name)?.[0]
  if (odd !== undefined) {
    const code = odd.codePointAt(0)!.toString(16).toUpperCase()
    throw invalidAttribute(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    )
  }
  for (const [place, isThere] of [
    ['starting', name.startsWith('.')],
    ['ending', name.endsWith('.')],
  ] as const) {
    if (isThere) {
      throw invalidAttribute(
        `Invalid message attribute name ${place} with character '.' was found.`,
      )
    }
  }
  if (name.includes('..')) {
    throw invalidAttribute("Message attribute name can not have successive '.' character.")
  }
}

/** Bytes that attributes count: names, types and values. */
export function attributesSize(given: Given): number {
  return Object.entries(given ?? {}).reduce((sum, [name, value]) => {
    const { DataType: type = '', StringValue: text = '', BinaryValue: bytes } = value
    const texts = Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(text)
    return sum + texts + (bytes?.length ?? 0)
  }, 0)
}
