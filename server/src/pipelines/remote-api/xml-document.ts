import { DOMParser, type Element } from '@xmldom/xmldom'
import { Failure } from './failure.ts'

const LONGEST_CHARACTERS = 1_000_000

/** The root element of a config.xml; refuses what is not well formed, and DTDs (they can explode). */
export function readXml(text: string): Element {
  if (text.length > LONGEST_CHARACTERS) throw new Failure(413, 'The configuration is too large')
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) {
    throw new Failure(400, 'A configuration may not declare a document type')
  }
  const problems: string[] = []
  const parser = new DOMParser({ onError: (_level, message) => void problems.push(message) })
  let root: Element | null = null
  try {
    root = parser.parseFromString(text.trim(), 'text/xml').documentElement
  } catch (error) {
    problems.push((error as Error).message)
  }
  if (!root || problems.length > 0) {
    throw new Failure(400, `The configuration is not well-formed XML: ${problems[0] ?? ''}`)
  }
  return root
}

export function elementsIn(parent: Element | undefined): Element[] {
  const found: Element[] = []
  for (let node = parent?.firstChild ?? null; node; node = node.nextSibling) {
    if (node.nodeType === 1) found.push(node as Element)
  }
  return found
}

/** The element at a path of names, each the first of its name. */
export function elementAt(root: Element | undefined, ...path: string[]): Element | undefined {
  let at = root
  for (const name of path) at = elementsIn(at).find((child) => child.tagName === name)
  return at
}

/** The text at a path; undefined when there is no such element. */
export function textAt(root: Element | undefined, ...path: string[]): string | undefined {
  return elementAt(root, ...path)?.textContent ?? undefined
}
