import type { Call, Step } from '../engine/index.ts'
import { GroovyMap } from '../groovy/index.ts'
import { fileText, isGiven, notFound, ofFile, refused } from './file-or-text.ts'
import { bytesOf, placeOf } from './machine.ts'
import { zipEntries } from './zip-format.ts'

/** `main`: the attributes of the whole; `entries`: those of each named section. */
export const readManifest: Step = {
  kind: 'leaf',
  needsNode: ofFile,
  run: async (call) => manifestOf(await textOf(call)),
}

async function textOf(call: Call): Promise<string> {
  const { args } = call
  const [hasFile, hasText] = [isGiven(args, 'file'), isGiven(args, 'text')]
  if (!hasFile && !hasText) throw refused('Need to specify either file or text to readManifest.')
  if (hasFile && hasText) {
    throw refused("Need to specify either file or text to readManifest, can't do both.")
  }
  if (hasText) return args.text('text')
  return /\.[jwe]ar$/i.test(args.text('file')) ? archivedText(call) : fileText(call)
}

/** Of a jar, war or ear it is the manifest inside. */
async function archivedText(call: Call): Promise<string> {
  const path = await placeOf(call, call.args.text('file'))
  const bytes = await bytesOf(call, path)
  for (const [, content] of zipEntries(bytes, (name) => name === 'META-INF/MANIFEST.MF')) {
    return Buffer.from(content).toString('utf8')
  }
  throw notFound(`${path} does not seem to contain a manifest.`)
}

function manifestOf(text: string): GroovyMap {
  const sections = text
    .replace(/\r\n?/g, '\n')
    .replace(/\n /g, '')
    .split(/\n{2,}/)
  const [main = '', ...others] = sections
  const entries = new GroovyMap()
  for (const section of others.map(attributesOf)) {
    const name = section.get('Name')
    section.delete('Name')
    if (name !== undefined) entries.set(name, section)
  }
  return new GroovyMap([
    ['main', attributesOf(main)],
    ['entries', entries],
  ])
}

function attributesOf(section: string): GroovyMap {
  const lines = section.split('\n').filter((line) => line.includes(':'))
  return new GroovyMap(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1).trim()]
    }),
  )
}
