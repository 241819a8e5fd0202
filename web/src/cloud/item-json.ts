/** A value as DynamoDB writes it: `{ "S": "text" }`; bytes are base64. */
export type Attribute = Record<string, unknown>
export type Item = Record<string, Attribute>

/** Whether plain JSON says the same: sets, bytes and numbers longer than JavaScript's keep their type's name. */
export function isPlain(item: Item): boolean {
  return Object.values(item).every(isPlainAttribute)
}

function isPlainAttribute(attribute: Attribute): boolean {
  const [type, value] = Object.entries(attribute)[0] ?? []
  if (type === 'N') return String(Number(value)) === value
  if (type === 'L') return (value as Attribute[]).every(isPlainAttribute)
  if (type === 'M') return isPlain(value as Item)
  return type === 'S' || type === 'BOOL' || type === 'NULL'
}

/** The item as text to be edited. */
export function textOf(item: Item): string {
  return JSON.stringify(isPlain(item) ? plainItem(item) : item, null, 2)
}

/** What was edited, as DynamoDB takes it; throws SyntaxError for what is no JSON object. */
export function itemOf(text: string, wasPlain: boolean): Item {
  const given: unknown = JSON.parse(text)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new SyntaxError('{ … }')
  }
  if (!wasPlain) return given as Item
  return Object.fromEntries(Object.entries(given).map(([name, of]) => [name, attributeOf(of)]))
}

function attributeOf(value: unknown): Attribute {
  if (value === null) return { NULL: true }
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (Array.isArray(value)) return { L: value.map(attributeOf) }
  const members = Object.entries(value as object)
  return { M: Object.fromEntries(members.map(([name, of]) => [name, attributeOf(of)])) }
}

function plainItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, of]) => [name, plainOf(of)]))
}

/** The value without its type: what a reader wants to see. */
export function plainOf(attribute: Attribute): unknown {
  const [type, value] = Object.entries(attribute)[0] ?? []
  if (type === 'NULL') return null
  if (type === 'N') return String(Number(value)) === value ? Number(value) : value
  if (type === 'L') return (value as Attribute[]).map(plainOf)
  if (type === 'M') return plainItem(value as Item)
  return value
}

/** In a cell of a table. */
export function cellText(attribute: Attribute | undefined): string {
  if (!attribute) return ''
  const value = plainOf(attribute)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
