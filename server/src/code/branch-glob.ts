/** `*` stands for anything, slashes too, as in Bitbucket's branch permissions; `?` for one sign. */
export function matchesGlob(pattern: string, branch: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const regex = source.replace(/\*+/g, '.*').replace(/\?/g, '.')
  return new RegExp(`^${regex}$`, 's').test(branch)
}
