import {
  abortException,
  libraryObject,
  libraryResource as resourceOf,
  loadLibrary,
  type Step,
  toJson,
} from '../engine/index.ts'
import { hostError, parseGroovy } from '../groovy/index.ts'
import { textOf } from './text-files.ts'

/** `library 'name@version'`; with a retriever, its remote names the repository. */
export const library: Step = {
  kind: 'own',
  positional: ['identifier'],
  async run({ args, scope }) {
    const repo = repoIn(toJson(args.value('retriever')))
    return libraryObject(scope.session, await loadLibrary(scope, args.text('identifier'), repo))
  },
}

function repoIn(retriever: unknown): string | undefined {
  const { scm } = (retriever ?? {}) as { scm?: { remote?: string } }
  const remote = scm?.remote ?? (retriever as { remote?: string } | null)?.remote
  return remote === undefined ? undefined : /([^/]+?)(\.git)?\/?$/.exec(remote)?.[1]
}

export const libraryResource: Step = {
  kind: 'own',
  positional: ['resource'],
  async run({ args, scope }) {
    const name = args.text('resource')
    const bytes = await resourceOf(scope, name)
    if (!bytes) throw abortException(`No such library resource ${name} could be found.`)
    const isBase64 = args.optionalText('encoding')?.toUpperCase() === 'BASE64'
    return bytes.toString(isBase64 ? 'base64' : 'utf8')
  },
}

/** `load 'file.groovy'`: runs a file of the workspace; usually gives an object with its methods. */
export const load: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['path'],
  needsNode: true,
  async run(call) {
    const { session, scope } = call
    const name = call.args.text('path')
    const source = String(await call.once(() => textOf(call, name)))
    const { ast, errors } = parseGroovy(source, name)
    const [first] = errors
    if (first) {
      const where = `${name}: ${first.line}: ${first.message} @ line ${first.line}`
      const text = `startup failed:\n${where}, column ${first.column}.\n\n1 error`
      throw hostError('org.codehaus.groovy.control.MultipleCompilationErrorsException', text)
    }
    const inner = scope.inside(call.path)
    scope.mark(`${call.path}{`, `{ (${name})`)
    try {
      const script = await session.interpreter.defineScript(`Script${name}`, ast, inner)
      return await session.interpreter.runObject(script, inner)
    } finally {
      scope.mark(`${call.path}}`, '}')
      call.close()
    }
  },
}
