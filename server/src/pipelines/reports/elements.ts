import { SaxesParser } from 'saxes'

/** A report is not what it should be; the message says why. */
export class UnreadableReport extends Error {}

export interface Handlers {
  open(name: string, attributes: Record<string, string>): void
  close?(name: string): void
  text?(text: string): void
}

/** Walks an XML text. Entities that a document declares itself stay as they are. */
export function walkXml(xml: string, handlers: Handlers): void {
  const parser = new SaxesParser({ xmlns: false })
  parser.on('error', (problem) => {
    throw new UnreadableReport(problem.message)
  })
  parser.on('opentag', (tag) => handlers.open(tag.name, tag.attributes))
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('closetag', (tag) => handlers.close?.(tag.name))
  parser.write(xml).close()
}
