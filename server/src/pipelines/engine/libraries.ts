import {
  type ClassFile,
  GroovyError,
  hostError,
  parseGroovy,
  type Script,
} from '../groovy/index.ts'
import { abortException } from './failures.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'

// A shared library is a repository of the same project: `vars/` are global variables, `src/` classes,
// `resources/` texts. Its commit is fixed when the run first loads it.

const MOST_FILES = 500

export interface Library {
  name: string
  version: string
  repo: string
  sha: string
  /** Full names of the classes of its `src`. */
  classes: ReadonlySet<string>
}

/** What `@Library('name@version')` and `library 'name@version'` name. */
export function libraryNamed(identifier: string): { name: string; version: string | undefined } {
  const at = identifier.indexOf('@')
  if (at < 0) return { name: identifier, version: undefined }
  return { name: identifier.slice(0, at), version: identifier.slice(at + 1) }
}

/** Loads a library once for a run; its variables and classes are known to the script from then on. */
export async function loadLibrary(
  scope: Scope,
  identifier: string,
  repo?: string,
): Promise<Library> {
  const { session } = scope
  const { name, version } = libraryNamed(identifier)
  const known = session.libraries.get(name)
  if (known) {
    scope.say(`Only using first definition of library ${name}`)
    return known
  }
  const found = await session.journal.fixed(`library/${name}`, () =>
    revisionOf(session, repo ?? name, version),
  )
  if (!found) throw await noLibrary(session, repo ?? name, name, version)
  const source = { name, repo: repo ?? name, ...found }
  scope.say(`Loading library ${name}@${source.version}`)
  const classes = new Set<string>()
  const library: Library = { ...source, classes }
  session.libraries.set(name, library)
  for (const each of await define(scope, library)) classes.add(each)
  return library
}

async function revisionOf(session: Session, repo: string, version: string | undefined) {
  const { code } = session.parts
  const { project } = session.record
  for (const wanted of version === undefined ? ['main', 'master'] : [version]) {
    const commit = await code.commitGet(project, repo, wanted).catch(noRepository)
    if (commit) return { version: wanted, sha: commit.sha }
  }
  return null
}

function noRepository(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'repoNotFound') throw error
}

async function noLibrary(
  session: Session,
  repo: string,
  name: string,
  version: string | undefined,
): Promise<GroovyError> {
  const isThere = await hasLibrary(session, repo)
  if (!isThere || version === undefined) return abortException(`No library named ${name} found`)
  return abortException(`No version ${version} found for library ${name}`)
}

/** Is there such a repository, whatever is in it? */
async function hasLibrary({ parts, record }: Session, repo: string): Promise<boolean> {
  try {
    await parts.code.commitGet(record.project, repo, 'HEAD')
    return true
  } catch (error) {
    noRepository(error)
    return false
  }
}

/** Those that annotations name, together: one that is nowhere ends the file before any is loaded. */
export async function loadLibraries(scope: Scope, identifiers: readonly string[]): Promise<void> {
  const { session } = scope
  const missing: string[] = []
  for (const identifier of identifiers) {
    const { name } = libraryNamed(identifier)
    if (!session.libraries.has(name) && !(await hasLibrary(session, name))) missing.push(identifier)
  }
  if (missing.length > 0) {
    const list = missing.join(', ')
    throw abortException(`Could not find any definition of libraries [${list}]`)
  }
  for (const identifier of identifiers) await loadLibrary(scope, identifier)
}

/** Gives the full names of its classes. */
async function define(scope: Scope, library: Library): Promise<string[]> {
  const { session } = scope
  const { interpreter } = session
  const names = await session.parts.filesAt(session.record.project, library.repo, library.sha)
  const wanted = names.filter((name) => /^(src\/.+|vars\/[^/]+)\.groovy$/.test(name))
  if (wanted.length > MOST_FILES) {
    throw abortException(`The library ${library.name} has more than ${MOST_FILES} Groovy files`)
  }
  const classes: ClassFile[] = []
  const variables: { name: string; ast: Script }[] = []
  for (const path of wanted.sort()) {
    const ast = parsed(path, (await readText(session, library, path)) ?? '')
    if (path.startsWith('src/')) {
      classes.push({ name: path.slice(4, -7).replaceAll('/', '.'), ast })
    } else variables.push({ name: path.slice(5, -7), ast })
  }
  await interpreter.defineFiles(classes, scope)
  for (const { name, ast } of variables) {
    interpreter.binding.set(name, await interpreter.defineScript(name, ast, scope))
  }
  return classes.map(({ name }) => name)
}

function parsed(path: string, source: string): Script {
  const { ast, errors } = parseGroovy(source, path)
  const [first] = errors
  if (!first) return ast
  const text = `startup failed:\n${path}: ${first.line}: ${first.message} @ line ${first.line}, column ${first.column}.\n\n1 error`
  throw hostError('org.codehaus.groovy.control.MultipleCompilationErrorsException', text)
}

async function readText(session: Session, { repo, sha }: Library, path: string) {
  const bytes = await session.parts.code.fileRead(session.record.project, repo, sha, path)
  return bytes && Buffer.from(bytes).toString('utf8')
}

/** `libraryResource 'org/foo/x.json'`: of the first loaded library that has it. */
export async function libraryResource(
  { session }: Scope,
  path: string,
): Promise<Buffer | undefined> {
  for (const { repo, sha } of session.libraries.values()) {
    const { code } = session.parts
    const bytes = await code.fileRead(session.record.project, repo, sha, `resources/${path}`)
    if (bytes) return Buffer.from(bytes)
  }
  return undefined
}
