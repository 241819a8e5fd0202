import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { AwsError } from '../../gateway/index.ts'
import type { StoredAttribute } from './message.ts'
import { invalid } from './refusals.ts'

type Given = Record<string, MessageAttributeValue> | undefined

const MOST = 10
// Letters and digits of any alphabet (seen on the real service).
const nameForm = /^[\p{L}\p{N}_.-]{1,256}$/u

/** Checks user attributes and brings them into the stored form; undefined when there are none. */
export function readAttributes(given: Given): Record<string, StoredAttribute> | undefined {
  const entries = Object.entries(given ?? {})
  if (entries.length === 0) return undefined
  if (entries.length > MOST) {
    throw invalid(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST}].`,
    )
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, readAttribute(name, value)]))
}

function readAttribute(name: string, value: MessageAttributeValue): StoredAttribute {
  checkName(name)
  if (value.StringListValues || value.BinaryListValues) {
    throw invalid('Message attribute list values in SendMessage operation are not supported.')
  }
  const { DataType: type, StringValue: text, BinaryValue: binary } = value
  if (type === undefined && text === undefined && binary === undefined) {
    throw invalid(
      `The message (user) attribute '${name}' must contain a non-empty message attribute value.`,
    )
  }
  if (!type) {
    throw invalid(
      `The message (user) attribute '${name}' must contain a non-empty message attribute type.`,
    )
  }
  if (type.length > 256) {
    throw invalid('Message (user) attribute types must be shorter than 256 Bytes')
  }
  const base = type.split('.')[0]!
  if (!['String', 'Number', 'Binary'].includes(base)) {
    throw invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    )
  }
  if (base === 'Binary') {
    if (!binary?.length) throw emptyValue(name, type)
    return { type, base64: Buffer.from(binary).toString('base64') }
  }
  if (!text) throw emptyValue(name, type)
  if (base === 'Number' && !isNumber(text)) {
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`)
  }
  const fault = invalidCharacterIn(text, `message attribute '${name}' value`)
  if (fault !== undefined) throw invalid(fault)
  return { type, text }
}

function checkName(name: string): void {
  if (!name) throw invalid('The request must contain non-empty message (user) attribute names.')
  if (name.length > 256) {
    throw invalid('Message (user) attribute names must be shorter than 256 Bytes')
  }
  if (!nameForm.test(name)) {
    throw invalid(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    )
  }
  if (/^(aws|amazon)\./i.test(name)) {
    throw invalid(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.",
    )
  }
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
    throw invalid(
      `The message attribute name '${name}' is invalid. Attribute names can't start or end with a period or have periods in succession.`,
    )
  }
}

const emptyValue = (name: string, type: string) =>
  invalid(
    `Message (user) attribute '${name}' must contain a non-empty value of type '${type.split('.')[0]}'.`,
  )

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text))

/** What XML 1.0 has no way to say. */
const invalidCharacter =
  // eslint-disable-next-line no-control-regex -- these characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** What SQS says of the first such character. */
function invalidCharacterIn(text: string, where: string): string | undefined {
  const found = invalidCharacter.exec(text)?.[0]
  if (found === undefined) return undefined
  const code = found.charCodeAt(0).toString(16).toUpperCase()
  return `Invalid binary character '#x${code}' was found in the ${where}, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`
}

/** Throws InvalidMessageContents for text that SQS does not carry. */
export function checkText(text: string): void {
  const fault = invalidCharacterIn(text, 'message body')
  if (fault !== undefined) throw new AwsError('InvalidMessageContents', fault)
}

/** Bytes that attributes count: names, types and values. */
export function attributesSize(attributes: Record<string, StoredAttribute> | undefined): number {
  let bytes = 0
  for (const [name, { type, text, base64 }] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type)
    bytes +=
      base64 === undefined ? Buffer.byteLength(text ?? '') : Buffer.byteLength(base64, 'base64')
  }
  return bytes
}

/** Which attributes a receiver asked for: `All`, `*`, `.*`, a name, or a name's beginning and `.*`. */
export function chosen(
  attributes: Record<string, StoredAttribute>,
  wanted: string[],
): Record<string, StoredAttribute> {
  if (wanted.some((name) => name === 'All' || name === '*' || name === '.*')) return attributes
  const prefixes = wanted.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2))
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => wanted.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  )
}
