import type { Plain } from './bean.ts'

type Shown = { [name: string]: Plain }

export function asJson(shown: Shown, isPretty: boolean): string {
  return JSON.stringify(shown, null, isPretty ? 2 : undefined)
}

/** A literal that Python's `ast.literal_eval` reads. */
export function asPython(value: Plain): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(asPython).join(',')}]`
  const members = Object.entries(value)
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${asPython(item)}`).join(',')}}`
}

/** Nodes of the XML form, as Stapler writes it: a list is its elements, one after the other. */
export interface XmlNode {
  name: string
  attributes: Record<string, string>
  text: string | undefined
  children: XmlNode[]
}

/** The root is called after the class: `org.….WorkflowRun` is `<workflowRun>`. */
export function xmlOf(shown: Shown): XmlNode {
  const type = String(shown['_class'] ?? 'object').replace(/^.*[.$]/, '')
  return elementOf(type.charAt(0).toLowerCase() + type.slice(1), shown)
}

function elementOf(name: string, value: Plain): XmlNode {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { name, attributes: {}, text: String(value), children: [] }
  }
  const { _class: type, ...members } = value
  const attributes: Record<string, string> = typeof type === 'string' ? { _class: type } : {}
  const children = Object.entries(members).flatMap(([member, item]) => elementsOf(member, item))
  return { name, attributes, text: undefined, children }
}

function elementsOf(name: string, value: Plain): XmlNode[] {
  if (value === null) return []
  if (!Array.isArray(value)) return [elementOf(name, value)]
  return value.filter((item) => item !== null).map((item) => elementOf(singular(name), item))
}

function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`
  return name.endsWith('s') ? name.slice(0, -1) : name
}

export function xmlText({ name, attributes, text, children }: XmlNode): string {
  const tag = elementName(name)
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}='${escapeXml(value)}'`)
    .join('')
  if (text === undefined && children.length === 0) return `<${tag}${given}/>`
  return `<${tag}${given}>${escapeXml(text ?? '')}${children.map(xmlText).join('')}</${tag}>`
}

/** A branch may be a member's name (`buildsByBranchName`), and hold what no element's name may. */
const elementName = (name: string) => name.replace(/[^\w.-]/g, '_').replace(/^[^A-Za-z_]/, '_')

const signs: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

export function escapeXml(text: string): string {
  // Control characters can't stand in XML 1.0, escaped or not.
  // oxlint-disable-next-line no-control-regex
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replace(/[&<>"']/g, (c) => signs[c]!)
}
