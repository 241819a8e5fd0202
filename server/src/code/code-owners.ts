import type { ObjectReader } from './object-reader.ts'
import { readFileBytes } from './file-read.ts'
import type { RepoAt } from './revision.ts'

export interface OwnerRule {
  matches: RegExp
  /** Names people sign in with. */
  owners: string[]
}

/** Where the well-known hosts look, in this order. */
const places = ['.bitbucket/CODEOWNERS', '.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']
const LONGEST_FILE = 1_000_000

/** The rules of a branch's CODEOWNERS file; none without one. */
export async function codeOwners(
  objects: ObjectReader,
  repo: RepoAt & { folder: string },
  ref: string,
): Promise<OwnerRule[]> {
  for (const path of places) {
    const bytes = await readFileBytes(objects, repo, { ref, path })
    if (bytes && bytes.length < LONGEST_FILE) return parseCodeOwners(bytes.toString('utf8'))
  }
  return []
}

/** A pattern and who owns what it matches, a line each; `#` begins a comment, `\ ` is a space. */
export function parseCodeOwners(text: string): OwnerRule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const words = line.replace(/(^|\s)#.*$/, '').match(/(?:\\.|\S)+/g) ?? []
    const [pattern, ...owners] = words
    if (pattern === undefined) return []
    return [{ matches: patternRegex(pattern.replace(/\\ /g, ' ')), owners: owners.map(ownerName) }]
  })
}

/** `@name`, or the address that commits made here carry. */
function ownerName(owner: string): string {
  if (owner.startsWith('@')) return owner.slice(1)
  return owner.replace(/@.*$/, '')
}

/** The last rule that matches decides, as on GitHub and Bitbucket. */
export function ownersOf(rules: OwnerRule[], path: string): string[] {
  return rules.findLast((rule) => rule.matches.test(path))?.owners ?? []
}

/** As in .gitignore: a slash inside or at the start ties it to the root, one at the end to folders. */
function patternRegex(pattern: string): RegExp {
  const isTied = pattern.replace(/\/$/, '').includes('/')
  const body = pattern.replace(/^\//, '').replace(/\/$/, '')
  const source = body
    .split('/')
    .map((part) => (part === '**' ? '**' : partSource(part)))
    .join('/')
    .replace(/^\*\*\//, '(?:.*/)?')
    .replace(/\/\*\*\//g, '/(?:.*/)?')
    .replace(/\/\*\*$/, '/.*')
  // `docs/*` means the files of that folder, not of folders in it.
  const below = pattern.endsWith('/') ? '/.*' : body.endsWith('/*') ? '' : '(?:/.*)?'
  return new RegExp(`^${isTied ? '' : '(?:.*/)?'}${source === '**' ? '.*' : source}${below}$`)
}

function partSource(part: string): string {
  return part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]')
}
