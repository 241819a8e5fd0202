import { basename } from 'node:path'
import { parseAllDocuments, stringify as toYaml } from 'yaml'
import { abortException, type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { GroovyMap, hostError, type Value } from '../groovy/index.ts'
import { bytesOf, filesIn, filesOf, placeOf } from './machine.ts'
import { temporaryFolder } from './workspace.ts'

const LARGEST_TEXT_BYTES = 64 * 1024 ** 2

function encodingOf(call: Call): BufferEncoding {
  const name = call.args.optionalText('encoding') ?? 'UTF-8'
  const known: Record<string, BufferEncoding> = {
    'UTF-8': 'utf8',
    BASE64: 'base64',
    'ISO-8859-1': 'latin1',
    'US-ASCII': 'ascii',
    'UTF-16LE': 'utf16le',
  }
  const encoding = known[name.toUpperCase()]
  if (encoding) return encoding
  throw abortException(`${call.name}: the encoding ${name} is not supported; use UTF-8 or Base64`)
}

async function textOf(call: Call, name: string): Promise<string> {
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw hostError('java.nio.file.NoSuchFileException', path)
  const { size } = facts
  if (size > LARGEST_TEXT_BYTES) throw abortException(`${name} is too large (${size} bytes)`)
  return (await bytesOf(call, path)).toString(encodingOf(call))
}

async function put(call: Call, name: string, text: string): Promise<null> {
  const path = await placeOf(call, name)
  await filesOf(call).write(path, Buffer.from(text, encodingOf(call)))
  return null
}

export const readFile: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  onAgents: true,
  run: (call) => textOf(call, call.args.text('file')),
}

export const writeFile: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  run: (call) => put(call, call.args.text('file'), call.args.text('text')),
}

export const fileExists: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  onAgents: true,
  async run(call) {
    const path = await placeOf(call, call.args.text('file'))
    return (await filesOf(call).stat(path)) !== undefined
  },
}

export const deleteDir: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    await filesOf(call).remove(await placeOf(call, '.'))
    return null
  },
}

export const cleanWs: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    call.say('[WS-CLEANUP] Deleting project workspace...')
    await filesOf(call).remove(call.scope.node!.workspace)
    await filesOf(call).remove(temporaryFolder(call.scope))
    call.say('[WS-CLEANUP] done')
    return null
  },
}

export const findFiles: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    const { args } = call
    const includes = args.optionalText('glob') ?? '*'
    const files = await filesIn(call, { includes, excludes: args.optionalText('excludes') })
    const found = files.map(({ path, size, modifiedMs }): Value => {
      const lastModified = Math.round(modifiedMs)
      return fromJson({ name: basename(path), path, directory: false, length: size, lastModified })
    })
    return found
  },
}

async function givenText(call: Call): Promise<string> {
  const { args } = call
  return args.has('text') ? args.text('text') : textOf(call, args.text('file'))
}

export const readJSON: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    const text = await givenText(call)
    try {
      return fromJson(JSON.parse(text))
    } catch (problem) {
      throw abortException(`readJSON: ${(problem as Error).message}`)
    }
  },
}

export const writeJSON: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    const spaces = call.args.number('pretty', 0)
    const text = JSON.stringify(toJson(call.args.value('json')), null, spaces)
    if (call.args.flag('returnText')) return text
    return put(call, call.args.text('file'), text)
  },
}

export const readYaml: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    const documents = parseAllDocuments(await givenText(call))
    const values = documents.map((document) => {
      const [problem] = document.errors
      if (problem) throw abortException(`readYaml: ${problem.message}`)
      return fromJson(document.toJS())
    })
    return values.length === 1 ? values[0]! : values
  },
}

export const writeYaml: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  run: (call) => put(call, call.args.text('file'), toYaml(toJson(call.args.value('data')))),
}

export const readProperties: Step = {
  kind: 'leaf',
  needsNode: true,
  onAgents: true,
  async run(call) {
    const lines = (await givenText(call)).split(/\r?\n/)
    const entries = lines
      .map((line) => /^\s*([^#!\s=:][^=:\s]*)\s*[=:\s]\s*(.*)$/.exec(line))
      .filter((match) => match !== null)
    return new GroovyMap(entries.map((match) => [match[1]!, match[2]!]))
  },
}
