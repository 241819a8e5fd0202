import { describeErrors, parseJenkinsfile, readPipelineBlock } from '../declarative/index.ts'
import type { Step } from '../engine/index.ts'
import { hostError, type SourceFinding } from '../groovy/index.ts'
import { runDeclarative, runPipeline } from './declarative.ts'

// Declarative Pipelines that a script brings about: `pipeline { }` in a library's variable or in a
// second place, and files given to `evaluate`.

const pipeline: Step = {
  kind: 'own',
  isBlock: true,
  isQuiet: true,
  async run({ closure, scope, path }) {
    if (!closure?.body) {
      throw hostError('java.lang.IllegalArgumentException', 'pipeline has to be given a body')
    }
    const { params, body } = closure
    const { pos, end } = body
    const file = readPipelineBlock({ kind: 'closure', params, body, pos, end })
    refuse(file.findings, '')
    await runPipeline(scope.inside(path, { owner: closure }), file)
    return null
  },
}

const evaluate: Step = {
  kind: 'own',
  isQuiet: true,
  positional: ['text'],
  async run({ args, scope, path }) {
    const source = args.text('text')
    const file = parseJenkinsfile(source)
    refuse(file.findings, source)
    const inner = scope.inside(path)
    if (file.kind === 'scripted') {
      return inner.session.interpreter.runStatements(file.script, file.script.body, inner)
    }
    await runDeclarative(inner, file)
    return null
  },
}

function refuse(findings: SourceFinding[], source: string): void {
  if (findings.length === 0) return
  const kind = 'org.codehaus.groovy.control.MultipleCompilationErrorsException'
  throw hostError(kind, describeErrors(findings, source).trimEnd())
}

/** What a script may call beside the steps. */
export const nestedSteps: ReadonlyMap<string, Step> = new Map([
  ['pipeline', pipeline],
  ['evaluate', evaluate],
])
