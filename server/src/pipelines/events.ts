import type { RunResult } from '@madang/api'
import type { NewEvent, ThreadNode } from '../kernel/index.ts'
import { jobName, runPage, sourceOf } from './model.ts'
import type { TestCounts } from './store-tests.ts'
import type { RunRow } from './tables.ts'

export interface RunStarted {
  runId: string
  repo: string
  branch: string
  number: number
  commit: string
}

export interface RunFinished extends RunStarted {
  result: RunResult
  startedAtMs: number
  finishedAtMs: number
  tests: TestCounts
}

const facts = (run: RunRow): RunStarted => ({
  runId: run.id,
  repo: run.repo,
  branch: run.branch,
  number: run.number,
  commit: run.commit_sha,
})

const runNode = (run: RunRow, state: string): ThreadNode => ({
  kind: 'run',
  id: run.id,
  project: run.project,
  title: `${jobName(run)} #${run.number}`,
  url: runPage(run),
  state,
  text: `${run.commit_title} ${run.commit_sha}`,
})

/** `pipelines.runStarted`: the run, and the commit and pull request that brought it about. */
export function runStarted(run: RunRow, pullRequests: number[]): NewEvent {
  const to = { kind: 'run', id: run.id }
  const { repo } = sourceOf(run)
  const commit = { kind: 'commit', id: `${run.project}/${repo}@${run.commit_sha}` }
  const requests = pullRequests.map((number) => ({
    from: { kind: 'pullRequest', id: `${run.project}/${run.repo}#${number}` },
    to,
  }))
  return {
    type: 'pipelines.runStarted',
    subject: `run:${run.id}`,
    project: run.project,
    actor: run.actor,
    data: facts(run),
    nodes: [runNode(run, 'running')],
    edges: repo === null ? requests : [{ from: commit, to }, ...requests],
  }
}

export function runFinished(run: RunRow, result: RunResult): NewEvent {
  const finished: RunFinished = {
    ...facts(run),
    result,
    startedAtMs: run.started_at ?? run.queued_at,
    finishedAtMs: run.finished_at ?? run.queued_at,
    tests: { passed: run.tests_passed, failed: run.tests_failed, skipped: run.tests_skipped },
  }
  return {
    type: 'pipelines.runFinished',
    subject: `run:${run.id}`,
    project: run.project,
    actor: run.actor,
    data: finished,
    nodes: [runNode(run, result)],
  }
}

/** `pipelines.testsReported`: the tests stand in the thread under their run's id. */
export function testsReported(run: RunRow, counts: TestCounts): NewEvent {
  const { passed, failed, skipped } = counts
  // Signs instead of words: the thread is read in both languages.
  const title = `✓ ${passed} · ✗ ${failed} · – ${skipped}`
  return {
    type: 'pipelines.testsReported',
    subject: `run:${run.id}`,
    project: run.project,
    actor: `run:${run.id}`,
    data: { runId: run.id, tests: counts },
    nodes: [
      {
        kind: 'tests',
        id: run.id,
        project: run.project,
        title,
        url: runPage(run),
        state: failed > 0 ? 'UNSTABLE' : 'SUCCESS',
      },
    ],
    edges: [{ from: { kind: 'run', id: run.id }, to: { kind: 'tests', id: run.id } }],
  }
}
