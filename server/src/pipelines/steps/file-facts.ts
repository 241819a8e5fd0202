import { describeErrors, parseJenkinsfile } from '../declarative/index.ts'
import { type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { GroovyArray, type Value } from '../groovy/index.ts'
import { FILE, foundFacts, foundFile, type FoundFileFacts, writtenFacts } from './found-file.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'
import { putText, textOf } from './text-files.ts'

/** The file that a step has written, as the script gets it. */
async function written(call: Call, write: (path: string) => Promise<unknown>): Promise<Value> {
  const facts = await call.once(async () => {
    const path = await placeOf(call, call.args.text('file'))
    await write(path)
    return fromJson(await writtenFacts(call, path))
  })
  return foundFile(toJson(facts) as FoundFileFacts)
}

export const touch: Step = {
  kind: 'own',
  positional: ['file'],
  needsNode: true,
  run: (call) =>
    written(call, (path) =>
      filesOf(call).touch(path, call.args.number('timestamp', call.session.nowMs())),
    ),
}

export const prependToFile: Step = {
  kind: 'own',
  needsNode: true,
  run: (call) =>
    written(call, async (path) => {
      const name = call.args.text('file')
      const before = (await filesOf(call).stat(path)) ? await textOf(call, name) : ''
      await putText(call, name, call.args.text('content') + before)
    }),
}

/** Without a pattern what is right in the folder, folders too. */
export const findFiles: Step = {
  kind: 'own',
  needsNode: true,
  async run(call) {
    const { args } = call
    const glob = args.optionalText('glob') ?? ''
    const found = await call.once(async () => {
      const patterns =
        glob === ''
          ? { includes: '*', hasDefaultExcludes: false, isShallow: true }
          : { includes: glob, excludes: args.optionalText('excludes') }
      const files = await filesIn(call, patterns)
      return fromJson(files.map((file) => foundFacts(file.path, file)))
    })
    return GroovyArray.holding(FILE, (toJson(found) as FoundFileFacts[]).map(foundFile))
  },
}

/** Whether a file of the workspace is a valid Declarative Pipeline; what is wrong goes to the log. */
export const validateDeclarativePipeline: Step = {
  kind: 'leaf',
  positional: ['path'],
  needsNode: true,
  async run(call) {
    const source = await textOf(call, call.args.text('path'))
    const { findings } = parseJenkinsfile(source)
    if (findings.length === 0) return true
    call.say(describeErrors(findings, source).trimEnd())
    return false
  },
}
