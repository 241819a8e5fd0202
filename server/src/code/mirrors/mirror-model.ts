import { type MovedRef, branchOf, tagOf } from '../ref-name.ts'

/** Which references a mirror is about: `main, release/*`; without any names all, and tags. */
export function coverOf(branches: string): (ref: string) => boolean {
  const names = branches
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  if (names.length === 0) return (ref) => (branchOf(ref) ?? tagOf(ref)) !== undefined
  const patterns = names.map((name) => {
    const parts = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`)
  })
  return (ref) => {
    const branch = branchOf(ref)
    return branch !== undefined && patterns.some((pattern) => pattern.test(branch))
  }
}

/** References that differ; what is only on our side is gone there. */
export function differences(
  ours: Map<string, string>,
  theirs: Map<string, string>,
  { covers, noSha }: { covers: (ref: string) => boolean; noSha: string },
): MovedRef[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].filter(covers)
  return names.flatMap((ref) => {
    const before = ours.get(ref) ?? noSha
    const after = theirs.get(ref) ?? noSha
    return before === after ? [] : [{ ref, before, after }]
  })
}
