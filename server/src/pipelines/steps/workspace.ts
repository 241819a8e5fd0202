import { existsSync, realpathSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import picomatch from 'picomatch'
import { abortException, type Scope } from '../engine/index.ts'

/** Scratch folder beside a workspace, for secret files: never archived, removed with the block. */
export function temporaryFolder(scope: Scope): string {
  return `${scope.node!.workspace}@tmp`
}

/**
 * A path of a step, from the current folder. Refused when it leaves the workspace, also by way of a
 * symbolic link: steps run inside the server and must not be led to its own files.
 */
export function pathInWorkspace(scope: Scope, path: string): string {
  onThisMachine(scope)
  const target = resolve(scope.folder!, path)
  const roots = [scope.node!.workspace, temporaryFolder(scope)].map(realOf)
  const real = realOf(target)
  if (roots.some((root) => isInside(root, real))) return target
  throw abortException(`${path} is outside the workspace ${scope.node!.workspace}`)
}

/** Nothing here is done to this machine's files for a step that runs on an agent. */
function onThisMachine({ node }: Scope): void {
  if (!node?.agent) return
  throw abortException(`This does not work on agents yet, and ${node.name} is one`)
}

/** The path with links followed; of a path that isn't there yet, as far as it is. */
function realOf(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(realOf(parent), relative(parent, path))
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way))
}

// What Ant leaves out unless told otherwise.
const DEFAULT_EXCLUDES = [
  '**/*~',
  '**/#*#',
  '**/.#*',
  '**/%*%',
  '**/._*',
  '**/CVS/**',
  '**/.svn/**',
  '**/.git/**',
  '**/.gitignore',
  '**/.gitattributes',
  '**/.gitmodules',
  '**/.hg/**',
  '**/.DS_Store',
]

export interface AntPatterns {
  includes: string
  excludes?: string | undefined
  hasDefaultExcludes?: boolean
}

/** Files below a folder that fit Ant patterns (`**`, `*`, `?`, commas between), sorted, with `/`. */
export async function antFiles(scope: Scope, patterns: AntPatterns): Promise<string[]> {
  onThisMachine(scope)
  const folder = scope.folder!
  const { includes, excludes = '', hasDefaultExcludes = true } = patterns
  const isIn = matcher(includes)
  const left = hasDefaultExcludes ? DEFAULT_EXCLUDES : []
  const isOut = matcher([excludes, ...left].join(','))
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => isIn(name) && !isOut(name) && isOwnFile(scope, name))
    .sort()
}

/** Links to files elsewhere are left out. */
function isOwnFile(scope: Scope, name: string): boolean {
  const path = join(scope.folder!, name)
  return existsSync(path) && isInside(realOf(scope.node!.workspace), realOf(path))
}

/** Whether a path fits Ant patterns. */
export const antTest = (patterns: string) => matcher(patterns)

function matcher(patterns: string): (name: string) => boolean {
  const list = patterns
    .split(',')
    .map((pattern) => pattern.trim().replace(/^\.\//, ''))
    .filter((pattern) => pattern !== '')
    // Ant: a pattern that ends with a slash means everything below.
    .map((pattern) => (pattern.endsWith('/') ? `${pattern}**` : pattern))
  if (list.length === 0) return () => false
  return picomatch(list, { dot: true, noextglob: true, nobrace: true, nobracket: true })
}
