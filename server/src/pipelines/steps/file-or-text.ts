import type { Call } from '../engine/index.ts'
import { hostError, toGroovyString, type Value } from '../groovy/index.ts'
import { filesOf, placeOf } from './machine.ts'
import { textOf } from './text-files.ts'

// What the steps that read a file or a text have in common, with the messages of the
// pipeline-utility-steps plugin.

export const refused = (text: string) => hostError('java.lang.IllegalArgumentException', text)
export const notFound = (text: string) => hostError('java.io.FileNotFoundException', text)

/** Blank counts as not given. */
export const isGiven = (args: Call['args'], name: string) =>
  (args.optionalText(name) ?? '').trim() !== ''

/** Only a file needs a node. */
export const ofFile = (args: Call['args']) => isGiven(args, 'file')

/** The file's text; its absence in the words of the steps that need it. */
export async function fileText(call: Call): Promise<string> {
  const name = call.args.text('file')
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw notFound(`${path} does not exist.`)
  if (facts.isFolder) throw notFound(`${path} is a directory.`)
  return textOf(call, name)
}

/** The text of the one that is given, of which there may be only one. */
export async function eitherText(call: Call): Promise<string> {
  const { args } = call
  if (!isGiven(args, 'file')) return args.text('text')
  if (!isGiven(args, 'text')) return fileText(call)
  throw refused(`At most one of file or text must be provided to ${call.name}.`)
}

/**
 * A step that makes a value of a text. What is kept of it is the text: the value is made of it again
 * when the program runs again.
 */
export function reading(
  text: (call: Call) => Promise<string>,
  value: (text: string, call: Call) => Value,
) {
  return {
    kind: 'own' as const,
    needsNode: ofFile,
    async run(call: Call): Promise<Value> {
      if (!isGiven(call.args, 'file') && !isGiven(call.args, 'text')) {
        throw refused(`At least one of file or text needs to be provided to ${call.name}.`)
      }
      return value(toGroovyString(await call.once(() => text(call))), call)
    },
  }
}
