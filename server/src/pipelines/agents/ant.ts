import picomatch from 'picomatch'

export interface AntPatterns {
  includes: string
  excludes?: string | undefined
  hasDefaultExcludes?: boolean
  /** Only what is right in the folder, and folders too. */
  isShallow?: boolean
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

/** Whether a name fits what is included and not what is excluded. */
export function antFilter(patterns: AntPatterns): (name: string) => boolean {
  const { includes, excludes = '', hasDefaultExcludes = true } = patterns
  const isIn = antTest(includes)
  const left = hasDefaultExcludes ? DEFAULT_EXCLUDES : []
  const isOut = antTest([excludes, ...left].join(','))
  return (name) => isIn(name) && !isOut(name)
}

/** Whether a path fits Ant patterns (`**`, `*`, `?`, commas between). */
export function antTest(patterns: string): (name: string) => boolean {
  const list = patterns
    .split(',')
    .map((pattern) => pattern.trim().replace(/^\.\//, ''))
    .filter((pattern) => pattern !== '')
    // Ant: a pattern that ends with a slash means everything below.
    .map((pattern) => (pattern.endsWith('/') ? `${pattern}**` : pattern))
  if (list.length === 0) return () => false
  return picomatch(list, { dot: true, noextglob: true, nobrace: true, nobracket: true })
}
