import type { Item, Value } from './item-types.ts'

/** Members of a value in the order in which the service prints them, those it never had among them. */
const members = 'S N B INT DECIMAL DOUBLE SS NS BS INTSET DECIMALSET DOUBLESET M L NULL BOOL'.split(
  ' ',
)

/** `INTSET` prints as `iNTSET`. */
const shownName = (name: string) => name[0]!.toLowerCase() + name.slice(1)

function contentText(content: unknown): string {
  if (content === undefined) return 'null'
  if (content instanceof Uint8Array) {
    const { byteLength: size } = content
    return `java.nio.HeapByteBuffer[pos=0 lim=${size} cap=${size}]`
  }
  if (Array.isArray(content)) return `[${content.map(elementText).join(', ')}]`
  return typeof content === 'object' ? itemText(content as Item) : String(content)
}

const elementText = (element: unknown): string =>
  typeof element === 'object' && !(element instanceof Uint8Array)
    ? valueText(element as Value)
    : contentText(element)

function valueText(value: Value): string {
  const all: Partial<Record<string, unknown>> = { ...value }
  const shown = members.map((name) => `${shownName(name)}=${contentText(all[name])}`)
  return `AttributeValue(${shown.join(', ')})`
}

const itemText = (item: Item): string =>
  `{${Object.entries(item)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(', ')}}`

interface Request {
  PutRequest?: { Item?: Item }
  DeleteRequest?: { Key?: Item }
}

const requestText = ({ PutRequest: put, DeleteRequest: remove }: Request): string => {
  const putText = put && `PutRequest(item=${itemText(put.Item ?? {})}, workloadProfileName=null)`
  const removeText = remove && `DeleteRequest(key=${itemText(remove.Key ?? {})})`
  return `WriteRequest(putRequest=${putText ?? null}, deleteRequest=${removeText ?? null})`
}

/** BatchWriteItem's RequestItems as its refusals echo them: Java's own text, as us-east-1 has it. */
export const requestItemsText = (given: unknown): string =>
  `{${Object.entries(given as Record<string, Request[]>)
    .map(([table, requests]) => `${table}=[${requests.map(requestText).join(', ')}]`)
    .join(', ')}}`
