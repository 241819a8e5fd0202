import { nullPointer, type Step } from '../engine/index.ts'
import { filesOf, placeOf } from './machine.ts'
import { putText, textOf } from './text-files.ts'

export const readFile: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  run: (call) => textOf(call, call.args.path('file')),
}

export const writeFile: Step = {
  kind: 'leaf',
  needsNode: true,
  run: (call) => {
    const file = call.args.path('file')
    if (!call.args.has('text')) throw nullPointer('String.length()', 'str')
    return putText(call, file, call.args.text('text'))
  },
}

const NO_FILE =
  'The fileExists step was called with a null or empty string, ' +
  'so the current directory will be checked instead.'

export const fileExists: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  async run(call) {
    const file = call.args.optionalText('file') ?? ''
    if (file === '') call.say(NO_FILE)
    const path = await placeOf(call, file)
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
