import { SaxesParser } from 'saxes'
import { AwsError } from '../error.ts'

export interface XmlNode {
  name: string
  text: string
  attributes: Record<string, string>
  children: XmlNode[]
}

const depthLimit = 64
const nodeLimit = 50_000

export function malformedXml(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    { status: 400 },
  )
}

/**
 * Parses a document into a tree; names lose their namespace prefix. A DOCTYPE is refused (so no
 * entity can be declared, and none expands), as are documents deeper or larger than any AWS body.
 */
export function parseXml(source: string): XmlNode {
  const parser = new SaxesParser({ xmlns: false })
  const top: XmlNode = { name: '', text: '', attributes: {}, children: [] }
  const open: XmlNode[] = [top]
  let nodes = 0
  parser.on('error', () => {
    throw malformedXml()
  })
  parser.on('doctype', () => {
    throw malformedXml()
  })
  parser.on('opentag', (tag) => {
    const { attributes } = tag
    const node: XmlNode = { name: localName(tag.name), text: '', attributes, children: [] }
    if (open.length > depthLimit || ++nodes > nodeLimit) throw malformedXml()
    open.at(-1)!.children.push(node)
    open.push(node)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.on('text', (text) => {
    open.at(-1)!.text += text
  })
  parser.on('cdata', (text) => {
    open.at(-1)!.text += text
  })
  parser.write(source).close()
  const root = top.children[0]
  if (!root) throw malformedXml()
  return root
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
