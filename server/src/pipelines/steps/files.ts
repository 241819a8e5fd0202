import { basename } from 'node:path'
import { fromJson, type Step } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'
import { putText, textOf } from './text-files.ts'

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
