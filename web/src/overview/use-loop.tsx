import type { ReactNode } from 'react'
import {
  type Board,
  codeEndpoints,
  type Environment,
  type IssueStatus,
  monitorEndpoints,
  pipelinesEndpoints,
  planEndpoints,
  registryEndpoints,
  releasesEndpoints,
  type Run,
} from '@madang/api'
import { useQueries } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { queryKey } from '../api/client.ts'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { stateLabel } from '../thread/item-words.ts'
import { Ago } from '../ui/time.tsx'
import { type Watch, watchView } from './watch-view.ts'

export type StageName = 'plan' | 'code' | 'build' | 'test' | 'package' | 'release' | 'monitor'

export interface StageView {
  to: string
  /** How it stands, in a few words. */
  state: ReactNode
  detail: ReactNode
  tone: 'good' | 'bad' | 'busy' | 'plain' | 'none'
}

const SLOW_MS = 15_000

/** How each stage of the loop stands in a project; undefined while it is asked for. */
export function useLoop(project: string): { name: StageName; view: StageView | undefined }[] {
  const params = { project }
  const base = `/p/${project}`
  const slow = { refetchMs: SLOW_MS }
  const board = useEndpoint(planEndpoints.board, { params, query: { limit: 1 } }).data
  const runs = useEndpoint(pipelinesEndpoints.runList, { params, query: { limit: 20 } }).data?.items
  const artifacts = useEndpoint(registryEndpoints.artifactList, { params, query: { limit: 1 } })
  const environments = useEndpoint(releasesEndpoints.environmentList, { params }).data?.items
  const alarms = useEndpoint(monitorEndpoints.alarmList, { params }, slow).data?.items
  const health = useEndpoint(monitorEndpoints.healthList, { params }, slow).data?.items
  const pulls = useOpenPulls(project)
  const artifact = artifacts.data?.items
  return [
    { name: 'plan', view: board && planView(base, board) },
    { name: 'code', view: pulls && codeView(base, pulls) },
    { name: 'build', view: runs && buildView(base, runs[0]) },
    {
      name: 'test',
      view:
        runs &&
        testView(
          base,
          runs.find(({ tests }) => tests),
        ),
    },
    { name: 'package', view: artifact && packageView(base, artifact[0]) },
    { name: 'release', view: environments && releaseView(base, environments) },
    {
      name: 'monitor',
      view: alarms && health && monitorView(base, watchView(alarms, health)),
    },
  ]
}

interface OpenPulls {
  repos: number
  open: number
}

/** Counts over all repositories of the project. */
function useOpenPulls(project: string): OpenPulls | undefined {
  const repos = useEndpoint(codeEndpoints.repoList, { params: { project } }).data?.items
  const counts = useQueries({
    queries: (repos ?? []).map(({ name: repo }) => {
      const input = { params: { project, repo }, query: { limit: 100 } }
      return {
        queryKey: queryKey(codeEndpoints.pullRequestList, input),
        queryFn: () => call(codeEndpoints.pullRequestList, input),
      }
    }),
  })
  if (!repos || counts.some(({ data }) => !data)) return undefined
  return {
    repos: repos.length,
    open: counts.reduce((sum, { data }) => sum + data!.items.length, 0),
  }
}

const empty = (to: string, state: string, detail: string): StageView => ({
  to,
  state,
  detail,
  tone: 'none',
})

function planView(base: string, { columns }: Board): StageView {
  const to = `${base}/board`
  const of = (status: IssueStatus) => columns.find((c) => c.status === status)?.total ?? 0
  const [inProgress, inReview, done] = [of('inProgress'), of('inReview'), of('done')]
  const open = of('todo') + inProgress + inReview
  if (open + done === 0) return empty(to, t('overview.noIssues'), t('overview.noIssuesText'))
  return {
    to,
    state: t('overview.openIssues', { count: open }),
    detail: [
      inProgress > 0 && t('overview.inProgress', { count: inProgress }),
      inReview > 0 && t('overview.inReview', { count: inReview }),
      done > 0 && t('overview.done', { count: done }),
    ]
      .filter(Boolean)
      .join(', '),
    tone: inProgress + inReview > 0 ? 'busy' : 'good',
  }
}

function codeView(base: string, { repos, open }: OpenPulls): StageView {
  const to = `${base}/code`
  if (repos === 0) return empty(to, t('overview.noRepos'), t('overview.noReposText'))
  return {
    to,
    state: t('overview.openPulls', { count: open }),
    detail: t('overview.repos', { count: repos }),
    tone: open > 0 ? 'busy' : 'good',
  }
}

const pageOfRun = (base: string, run: Run) =>
  `${base}/pipelines/${encodeURIComponent(`${run.repo}/${run.branch}`)}/${run.number}`

function buildView(base: string, run: Run | undefined): StageView {
  if (!run) return empty(`${base}/pipelines`, t('overview.noRuns'), t('overview.noRunsText'))
  const at = run.finishedAt ?? run.startedAt ?? run.queuedAt
  const tone = { SUCCESS: 'good', FAILURE: 'bad' }[run.result as string] ?? 'plain'
  return {
    to: pageOfRun(base, run),
    state: run.state === 'finished' ? run.result : stateLabel('run', run.state),
    detail: (
      <>
        {run.repo} #{run.number} · {run.branch}
        <br />
        <Ago at={at} />
      </>
    ),
    tone: run.state === 'finished' ? (tone as StageView['tone']) : 'busy',
  }
}

function testView(base: string, run: Run | undefined): StageView {
  if (!run?.tests) {
    return empty(`${base}/pipelines`, t('overview.noTests'), t('overview.noTestsText'))
  }
  const { passed, failed } = run.tests
  return {
    to: pageOfRun(base, run),
    state:
      failed > 0
        ? t('overview.failed', { count: failed })
        : t('overview.passed', { count: passed }),
    detail: `${run.repo} #${run.number} · ${run.branch}`,
    tone: failed > 0 ? 'bad' : 'good',
  }
}

interface PackageFacts {
  id: string
  path: string
  name: string
  version: string
  createdAt: string
}

function packageView(base: string, artifact: PackageFacts | undefined): StageView {
  const to = `${base}/artifacts`
  if (!artifact) return empty(to, t('overview.noArtifacts'), t('overview.noArtifactsText'))
  return {
    to: `${to}/${artifact.id}`,
    state: `${artifact.name} ${artifact.version}`,
    detail: (
      <>
        {artifact.path}
        <br />
        <Ago at={artifact.createdAt} />
      </>
    ),
    tone: 'good',
  }
}

function releaseView(base: string, environments: Environment[]): StageView {
  const to = `${base}/releases`
  const live = environments.filter(({ current }) => current.length > 0)
  const last = live.at(-1)
  if (!last) return empty(to, t('overview.noReleases'), t('overview.noReleasesText'))
  const hasFailed = live.some(({ latest }) => latest?.status === 'failed')
  return {
    to,
    state: `${last.name} ${last.current[0]!.version}`,
    detail: (
      <>
        {t('overview.environments', { count: live.length })}
        <br />
        <Ago at={last.current[0]!.at} />
      </>
    ),
    tone: hasFailed ? 'bad' : 'good',
  }
}

function monitorView(base: string, watch: Watch): StageView {
  const to = `${base}/monitor`
  const detail = t('overview.watched', { count: watch.alarms })
  if (watch.ringing > 0) {
    return { to, state: t('overview.alarms', { count: watch.ringing }), detail, tone: 'bad' }
  }
  if (watch.down > 0) {
    return { to, state: t('overview.down', { count: watch.down }), detail, tone: 'bad' }
  }
  if (watch.alarms === 0 && watch.up === 0) {
    return empty(to, t('overview.noAlarms'), t('overview.noAlarmsText'))
  }
  const isSure = watch.up > 0 || watch.quiet > 0
  return {
    to,
    state: isSure ? t('overview.allQuiet') : t('overview.unsure'),
    detail,
    tone: isSure ? 'good' : 'plain',
  }
}
