import type { Deployment, Dora } from '@madang/api'
import type { Kernel } from '../kernel/index.ts'
import type { ReleasesPort } from './ports.ts'
import { incidents } from './store.ts'

const DAY_MS = 24 * 3_600_000
/** Lead time reads each deployment's commits from git: the newest ones are enough. */
const MOST_READ = 30

export function median(values: number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? sorted[middle]
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The four figures of the last days, from deployments and incidents. */
export async function doraOf(
  parts: { kernel: Kernel; releases: ReleasesPort },
  project: string,
  days: number,
): Promise<Dora> {
  const { kernel, releases } = parts
  const sinceMs = kernel.clock.now() - days * DAY_MS
  const all = withoutSupport(await allDeployments(releases, project, sinceMs)).filter(
    (deployment) => deployment.status !== 'removed',
  )
  const good = all.filter((deployment) => deployment.status === 'succeeded')
  const episodes = await incidents(kernel.database, project, sinceMs)
  const harmed = new Set(episodes.map((row) => row.deployment_id))
  const takenBack = takenBackIds(all)
  const failed = all.filter(
    ({ id, status }) => status === 'failed' || harmed.has(id) || takenBack.has(id),
  )
  const restored = episodes.flatMap((row) =>
    row.closed_at === null ? [] : [row.closed_at - row.opened_at],
  )
  return {
    days,
    deployments: all.length,
    deploymentFrequency: good.length / days,
    leadTimeMs: median(await leadTimes(releases, project, good)),
    changeFailureRate: all.length === 0 ? undefined : failed.length / all.length,
    timeToRestoreMs: median(restored),
  }
}

async function allDeployments(releases: ReleasesPort, project: string, sinceMs: number) {
  const all: Deployment[] = []
  for (let cursor: string | undefined; ;) {
    const page = await releases.deploymentList(project, { limit: 200, sinceMs, cursor })
    all.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return all
  }
}

/**
 * A run that releases a service often changes a stack beside it, too (a bucket for its packages). The
 * service's stack says its environment by a tag; one beside it that says nothing is not a release.
 */
function withoutSupport(all: Deployment[]): Deployment[] {
  const saysPlace = ({ environment, stackName }: Deployment) => environment !== stackName
  const releasing = new Set(all.filter(saysPlace).flatMap(({ run }) => run?.id ?? []))
  return all.filter((one) => saysPlace(one) || !one.run || !releasing.has(one.run.id))
}

/** A deployment that a rollback came after, in its place, was taken back. */
function takenBackIds(newestFirst: Deployment[]): Set<string> {
  const ids = new Set<string>()
  const latest = new Map<string, string>()
  for (const { id, environment, service, status, rollbackOf } of newestFirst.toReversed()) {
    if (status !== 'succeeded') continue
    const place = `${environment} ${service}`
    const before = latest.get(place)
    if (rollbackOf !== undefined && before !== undefined) ids.add(before)
    latest.set(place, id)
  }
  return ids
}

async function leadTimes(releases: ReleasesPort, project: string, good: Deployment[]) {
  const times: number[] = []
  for (const { id, at, rollbackOf, commit } of good.slice(0, MOST_READ)) {
    if (rollbackOf !== undefined || commit === undefined) continue
    const { commits } = await releases.changes(project, id)
    for (const one of commits) times.push(Date.parse(at) - Date.parse(one.at))
  }
  return times.filter((time) => time >= 0)
}
