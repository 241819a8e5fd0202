import type { Call, Step } from '../engine/index.ts'
import {
  hashMap,
  hostError,
  jsonLibPretty,
  parseJsonLib,
  plainJson,
  toGroovyString,
  toJavaString,
} from '../groovy/index.ts'
import {
  eitherText,
  fileText,
  isGiven,
  notFound,
  ofFile,
  reading,
  refused,
} from './file-or-text.ts'
import { interpolated, javaProperties } from './java-properties.ts'
import { filesOf, placeOf } from './machine.ts'
import { putText, textOf } from './text-files.ts'
import { yamlText } from './yaml-text.ts'
import { yamlDocuments } from './yaml-values.ts'

export const readJSON: Step = reading(eitherText, (text, { args }) => {
  const value = parseJsonLib(args.has('text') ? text.trim() : text)
  return args.flag('returnPojo') ? plainJson(value) : value
})

export const writeJSON: Step = {
  kind: 'leaf',
  needsNode: ofFile,
  async run(call) {
    const { args } = call
    if (!args.has('json')) throw refused('You have to provide a JSON object to save for writeJSON.')
    const isReturned = args.flag('returnText')
    if (!ofFile(args) && !isReturned) {
      throw refused('You have to provide either file or returnText to writeJSON.')
    }
    if (ofFile(args) && isReturned) {
      throw refused('You cannot provide both returnText and file to writeJSON.')
    }
    const text = jsonLibPretty(args.value('json'), args.number('pretty', 0), toJavaString)
    return isReturned ? text : putText(call, args.text('file'), text)
  },
}

export const readYaml: Step = reading(
  async (call) => {
    const { args } = call
    const file = isGiven(args, 'file') ? await fileText(call) : ''
    return isGiven(args, 'text') ? `${file}\n${args.text('text')}` : file
  },
  (text) => {
    const documents = yamlDocuments(text.replace(/^\n/, ''))
    return documents.length === 1 ? documents[0]! : documents
  },
)

export const writeYaml: Step = {
  kind: 'leaf',
  needsNode: ofFile,
  async run(call) {
    const { args } = call
    const isReturned = args.flag('returnText')
    if (!ofFile(args) && !isReturned) {
      throw refused('either file or returnText must be provided to writeYaml')
    }
    if (ofFile(args) && isReturned) {
      throw refused('cannot provide both returnText and file to writeYaml')
    }
    const text = yamlOf(args)
    if (isReturned) return text
    await refuseExisting(call)
    return putText(call, args.text('file'), text)
  },
}

function yamlOf(args: Call['args']): string {
  const documents = args.value('datas')
  if (Array.isArray(documents)) return documents.map(yamlText).join('---\n')
  if (!args.has('data')) throw refused('data parameter must be provided to writeYaml')
  return yamlText(args.value('data'))
}

async function refuseExisting(call: Call): Promise<void> {
  const path = await placeOf(call, call.args.text('file'))
  const facts = await filesOf(call).stat(path)
  if (!facts || (call.args.flag('overwrite') && !facts.isFolder)) return
  if (facts.isFolder) throw notFound(`${path} is a directory.`)
  throw hostError('java.nio.file.FileAlreadyExistsException', `${path} already exist.`)
}

export const readProperties: Step = reading(propertiesText, (text, { args }) => {
  const entries = new Map<string, string>()
  for (const [name, value] of args.members('defaults')) entries.set(name, toGroovyString(value))
  for (const [name, value] of javaProperties(text)) entries.set(name, value)
  const shown = hashMap(null)
  for (const [name, value] of args.flag('interpolate') ? interpolated(entries) : entries) {
    shown.set(name, value)
  }
  return shown
})

/** A file that isn't there is only told, as the step has it. */
async function propertiesText(call: Call): Promise<string> {
  const { args } = call
  const texts: string[] = []
  if (isGiven(args, 'file')) {
    const path = await placeOf(call, args.text('file'))
    const facts = await filesOf(call).stat(path)
    const problem = !facts ? 'does not exist' : facts.isFolder ? 'is a directory' : undefined
    if (problem === undefined) texts.push(await textOf(call, args.text('file')))
    else call.say(`warning: ${path} ${problem}, omitting from properties gathering`)
  }
  if (isGiven(args, 'text')) texts.push(args.text('text'))
  if (args.flag('interpolate')) {
    call.say('Interpolation set to true, starting to parse the variable!')
  }
  return texts.join('\n')
}
