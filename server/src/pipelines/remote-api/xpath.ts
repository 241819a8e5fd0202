import { Failure } from './failure.ts'
import { type XmlNode, xmlText } from './formats.ts'

// The part of XPath that scripts use on Jenkins' API: steps, `//`, `*`, `[n]`, `[name='value']`,
// `text()`, `@attribute` and concat().

type Found = XmlNode | string

/** What an expression selects, as `xpath=` gives it: text as it is, elements as XML. */
export function pick(
  root: XmlNode,
  expression: string,
  wrapper: string | null,
): { text: string; isXml: boolean } {
  const concat = /^\s*concat\((.*)\)\s*$/s.exec(expression)
  if (concat) {
    const parts = argumentsIn(concat[1]!)
    return { text: parts.map((part) => valueOf(root, part)).join(''), isXml: false }
  }
  const found = selectAll(root, expression.trim())
  if (wrapper !== null) {
    if (!/^[A-Za-z_][\w.-]*$/.test(wrapper)) throw new Failure(400, 'wrapper has to be a name')
    const inner = found.map((one) => (typeof one === 'string' ? one : xmlText(one))).join('')
    return { text: `<${wrapper}>${inner}</${wrapper}>`, isXml: true }
  }
  const [only] = found
  if (only === undefined) throw new Failure(404, `XPath ${expression} didn't match`)
  if (found.length > 1) {
    const hint = 'Create a more specific XPath, or use wrapper='
    throw new Failure(500, `XPath ${expression} matched ${found.length} nodes. ${hint}`)
  }
  if (typeof only === 'string') return { text: only, isXml: false }
  return { text: xmlText(only), isXml: true }
}

function argumentsIn(text: string): string[] {
  return (text.match(/"[^"]*"|'[^']*'|[^,]+/g) ?? []).map((part) => part.trim())
}

function valueOf(root: XmlNode, expression: string): string {
  const literal = /^(["'])(.*)\1$/s.exec(expression)
  if (literal) return literal[2]!
  const [first] = selectAll(root, expression)
  return first === undefined ? '' : typeof first === 'string' ? first : textOf(first)
}

const textOf = ({ text, children }: XmlNode): string => (text ?? '') + children.map(textOf).join('')

const STEP = /^(\/{1,2})(text\(\)|@?[\w.-]+|\*)((?:\[[^\]]*\])*)/

function selectAll(root: XmlNode, expression: string): Found[] {
  const document: XmlNode = { name: '', attributes: {}, text: undefined, children: [root] }
  let rest = expression.startsWith('/') ? expression : `/${expression}`
  let at: Found[] = [document]
  while (rest !== '') {
    const step = STEP.exec(rest)
    if (!step) throw new Failure(400, `This part of XPath is not supported: ${rest}`)
    const [whole, slashes, name, conditions] = step
    const nodes = at.filter((one): one is XmlNode => typeof one !== 'string')
    const from = slashes === '//' ? nodes.flatMap(withInside) : nodes
    at = from.flatMap((node) => filtered(stepFrom(node, name!), conditions!))
    rest = rest.slice(whole.length)
  }
  return at
}

const withInside = (node: XmlNode): XmlNode[] => [node, ...node.children.flatMap(withInside)]

function stepFrom(node: XmlNode, name: string): Found[] {
  if (name === 'text()') return node.text === undefined ? [] : [node.text]
  if (name.startsWith('@')) {
    const value = node.attributes[name.slice(1)]
    return value === undefined ? [] : [value]
  }
  return node.children.filter((child) => name === '*' || child.name === name)
}

function filtered(found: Found[], conditions: string): Found[] {
  let left = found
  for (const [, text = ''] of conditions.matchAll(/\[([^\]]*)\]/g)) {
    if (/^\d+$/.test(text)) left = left.slice(Number(text) - 1, Number(text))
    else left = left.filter(holds(text))
  }
  return left
}

function holds(condition: string): (one: Found) => boolean {
  const equals = /^([@\w./()*-]+?)\s*=\s*(["'])(.*)\2$/s.exec(condition)
  const path = equals ? equals[1]! : condition
  if (!/^@?[\w./()*-]+$/.test(path)) {
    throw new Failure(400, `This part of XPath is not supported: [${condition}]`)
  }
  return (one) => {
    if (typeof one === 'string') return false
    const values = path === '.' ? [one] : selectWithin(one, path)
    if (!equals) return values.length > 0
    return values.some((value) => (typeof value === 'string' ? value : textOf(value)) === equals[3])
  }
}

function selectWithin(node: XmlNode, path: string): Found[] {
  return path
    .split('/')
    .reduce<Found[]>(
      (at, name) => at.flatMap((one) => (typeof one === 'string' ? [] : stepFrom(one, name))),
      [node],
    )
}
