/** A reference that goes, or went, from one commit to another. */
export interface MovedRef {
  ref: string
  before: string
  after: string
}

/** The all-zero id: "does not exist" in pushes and in our records. */
export const NO_SHA = '0'.repeat(40)

const FULL_SHA = /^[0-9a-f]{40}$/

export function isSha(text: string): boolean {
  return FULL_SHA.test(text)
}

/**
 * Whether git takes this as the short name of a branch or tag: the rules of git-check-ref-
 * format(1), plus no leading dash (it would read as an option) and at most 200 bytes (a file name
 * on disk).
 */
export function isRefName(name: string): boolean {
  if (name === '' || name === '@' || name === 'HEAD' || Buffer.byteLength(name) > 200) return false
  if (name.startsWith('-') || name.startsWith('/') || name.endsWith('/')) return false
  if (name.includes('..') || name.includes('@{') || name.includes('//')) return false
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name) || name.endsWith('.')) return false
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}

export function branchOf(ref: string): string | undefined {
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
}

export function tagOf(ref: string): string | undefined {
  return ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined
}

/**
 * Whether a text names a file or folder inside a tree: relative, no empty, `.`, `..` or `.git`
 * part.
 */
export function isTreePath(path: string): boolean {
  if (path === '' || path.length > 4000 || path.includes('\0')) return false
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !isGitFolder(part))
}

// git refuses `.git` in a tree, in any case and as Windows and HFS+ would read it (CVE-2014-9390).
function isGitFolder(part: string): boolean {
  const plain = part.replace(/[\u200b-\u200f\u202a-\u202e\ufeff]/g, '')
  // To Windows a backslash parts folders, too.
  return plain.split('\\').some((name) => /^(\.git|git~1)[ .]*(:.*)?$/i.test(name))
}
