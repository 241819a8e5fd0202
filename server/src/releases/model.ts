import type { StackChanged } from './ports.ts'

export type DeploymentStatus = 'succeeded' | 'failed' | 'removed'

/** What came of a stack operation, in the words of a release; undefined: nothing was released. */
export function statusOf(stackStatus: string): DeploymentStatus | undefined {
  if (stackStatus === 'CREATE_COMPLETE' || stackStatus === 'UPDATE_COMPLETE') return 'succeeded'
  if (stackStatus === 'DELETE_COMPLETE') return 'removed'
  // A stack that takes in what is there releases nothing.
  if (/^(DELETE_FAILED|IMPORT_)/.test(stackStatus)) return undefined
  return /ROLLBACK|_FAILED$/.test(stackStatus) ? 'failed' : undefined
}

export function environmentOf({ tags, stackName }: StackChanged): string {
  return tags['madang:environment'] ?? tags['environment'] ?? stackName
}

export function serviceOf({ tags, stackName }: StackChanged): string {
  return tags['madang:service'] ?? tags['service'] ?? stackName
}

const versionNames = ['madang:version', 'version', 'Version', 'AppVersion']

/** Named by whoever deployed, else the commit, else the template's hash. */
export function versionOf(changed: StackChanged, commit: string | undefined): string {
  const { tags, parameters, outputs, templateHash } = changed
  for (const named of [tags, parameters, outputs]) {
    const name = versionNames.find((name) => named[name])
    if (name !== undefined && named[name] !== '****') return named[name]!
  }
  return commit?.slice(0, 7) ?? templateHash.slice(0, 12)
}

export function endpointsOf(outputs: Record<string, string>): string[] {
  return Object.values(outputs).filter((value) => /^https?:\/\//.test(value))
}

export const page = {
  releases: (project: string, environment: string) =>
    `/p/${project}/releases/${encodeURIComponent(environment)}`,
  commit: (project: string, repo: string, sha: string) =>
    `/p/${project}/code/${repo}/commit/${sha}`,
  run: (project: string, repo: string, branch: string, number: number) =>
    `/p/${project}/pipelines/${encodeURIComponent(`${repo}/${branch}`)}/${number}`,
}

/** The kinds of environments that Bitbucket knows, in their order. */
export const environmentKinds = ['Test', 'Staging', 'Production']

/** Of one that nobody said it of, the name tells. */
export function kindOf({ name, kind }: { name: string; kind: string | null }): string {
  if (kind !== null) return kind
  if (/prod|live/i.test(name)) return 'Production'
  return /stag|pre(?!view)/i.test(name) ? 'Staging' : 'Test'
}
