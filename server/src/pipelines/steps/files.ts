import { basename } from 'node:path'
import { parseAllDocuments, stringify as toYaml } from 'yaml'
import { abortException, fromJson, type Step, toJson } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'
import { givenText, putText, textOf } from './text-files.ts'
import { temporaryFolder } from './workspace.ts'

export const readFile: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  run: (call) => textOf(call, call.args.text('file')),
}

export const writeFile: Step = {
  kind: 'leaf',
  needsNode: true,
  run: (call) => putText(call, call.args.text('file'), call.args.text('text')),
}

export const fileExists: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  async run(call) {
    const path = await placeOf(call, call.args.text('file'))
    return (await filesOf(call).stat(path)) !== undefined
  },
}

export const deleteDir: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    await filesOf(call).remove(await placeOf(call, '.'))
    return null
  },
}

export const cleanWs: Step = {
  kind: 'leaf',
  needsNode: true,
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

export const readJSON: Step = {
  kind: 'leaf',
  needsNode: true,
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
  async run(call) {
    const spaces = call.args.number('pretty', 0)
    const text = JSON.stringify(toJson(call.args.value('json')), null, spaces)
    if (call.args.flag('returnText')) return text
    return putText(call, call.args.text('file'), text)
  },
}

export const readYaml: Step = {
  kind: 'leaf',
  needsNode: true,
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
  run: (call) => putText(call, call.args.text('file'), toYaml(toJson(call.args.value('data')))),
}

export const readProperties: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const lines = (await givenText(call)).split(/\r?\n/)
    const entries = lines
      .map((line) => /^\s*([^#!\s=:][^=:\s]*)\s*[=:\s]\s*(.*)$/.exec(line))
      .filter((match) => match !== null)
    return new GroovyMap(entries.map((match) => [match[1]!, match[2]!]))
  },
}
