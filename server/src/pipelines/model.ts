import { type RunResult, runResults } from '@madang/api'
import { parseColumn } from '../kernel/index.ts'

/** The worse of two results: SUCCESS < UNSTABLE < FAILURE < NOT_BUILT < ABORTED, as in Jenkins. */
export function worseOf(a: RunResult, b: RunResult): RunResult {
  return runResults.indexOf(a) >= runResults.indexOf(b) ? a : b
}

export function isWorse(a: RunResult, than: RunResult): boolean {
  return runResults.indexOf(a) > runResults.indexOf(than)
}

export interface JobPlace {
  project: string
  repo: string
  branch: string
}

/** What a plain job (no branch of a multibranch project) builds; no `repo` where its script is all. */
export interface RunSource {
  repo: string | null
  branch: string
  /** The script's path in the repository. */
  path: string
}

/** What is checked out: the branch itself, or what a plain job says. */
export function sourceOf(row: JobPlace & { source: string | null }): RunSource {
  if (row.source === null) return { repo: row.repo, branch: row.branch, path: 'Jenkinsfile' }
  return parseColumn<RunSource>(row.source)
}

/**
 * `guestbook/main`, as JOB_NAME has it; a branch's own slashes are escaped as Jenkins does. A plain
 * job's place is its path: the first part as the repository, the rest as the branch.
 */
export function jobName({ repo, branch, source }: JobPlace & { source?: string | null }): string {
  if (source) return branch === '' ? repo : `${repo}/${branch}`
  return `${repo}/${encodeURIComponent(branch)}`
}

/** Path of a run's page. */
export function runPage(place: JobPlace & { number: number }): string {
  return `${jobPage(place)}/${place.number}`
}

export function jobPage(place: JobPlace): string {
  const job = encodeURIComponent(`${place.repo}/${place.branch}`)
  return `/p/${place.project}/pipelines/${job}`
}

/** Folder of a job's workspace: readable, and different for different branches. */
export function workspaceName({ project, repo, branch }: JobPlace): string {
  const safe = branch.replace(/[^\w.-]/g, (character) =>
    character === '/' ? '_' : `%${character.codePointAt(0)!.toString(16)}`,
  )
  // Two branches may differ only in `/` and `_`; git allows no `~` in a name, so this tells them apart.
  const mark = branch.includes('/') ? `~${[...branch].filter((c) => c === '/').length}` : ''
  return `${project}/${repo}_${safe}${mark}`
}

/** Version under which a run's files are kept: `main-12`. No branch name holds a `~`. */
export function artifactVersion({ branch, number }: { branch: string; number: number }): string {
  return branch === '' ? `${number}` : `${branch.replaceAll('/', '~')}-${number}`
}

/** Strings and lists of strings as they stand in a Jenkins log. */
export function quoteList(names: readonly string[]): string {
  return `[${names.join(', ')}]`
}

/** As Jenkins checks a new name: no control characters and none of these signs. */
export function unsafeSign(name: string): string | undefined {
  return /[?*/\\%!@#$^&|<>[\]:;]/.exec(name)?.[0]
}
