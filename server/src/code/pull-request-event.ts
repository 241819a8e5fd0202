import type { Actor, NewEvent, ThreadEdge } from '../kernel/index.ts'
import type { OpenRepo } from './context.ts'
import type { PullRequestChanged, PullRequestMerged } from './events.ts'
import {
  branchRef,
  commitRef,
  issueRef,
  pullRequestPage,
  pullRequestRef,
  subjectOf,
} from './model.ts'
import type { PullRequestRow } from './tables.ts'

export interface PullRequestChange {
  type:
    | 'code.pullRequestOpened'
    | 'code.pullRequestUpdated'
    | 'code.pullRequestDeclined'
    | 'code.pullRequestMerged'
  actor: Actor
  row: PullRequestRow
  issues: string[]
}

/**
 * The fact of a pull request, with its place in the thread: issues and head before it, what it
 * became after.
 */
export function pullRequestEvent(repo: OpenRepo, change: PullRequestChange): NewEvent {
  const { row, issues, actor } = change
  const self = pullRequestRef(repo, row.number)
  const edges: ThreadEdge[] = [
    { from: branchRef(repo, row.source), to: self },
    { from: commitRef(repo, row.head), to: self },
    ...issues.map((key) => ({ from: issueRef(key), to: self })),
  ]
  // A fast-forward or a push leaves the head itself: it stands before the pull request already.
  if (row.merged_as !== null && row.merged_as !== row.head) {
    edges.push({ from: self, to: commitRef(repo, row.merged_as) })
  }
  return {
    type: change.type,
    subject: subjectOf(repo),
    project: repo.project,
    actor: actor.id,
    data: dataOf(repo, change),
    nodes: [
      {
        ...self,
        project: repo.project,
        title: `#${row.number} ${row.title}`,
        url: pullRequestPage(repo, row.number),
        state: row.state,
        text: row.description.slice(0, 4000),
      },
    ],
    edges,
  }
}

function dataOf(repo: OpenRepo, { row, issues }: PullRequestChange): object {
  const { number, title, source, target, head } = row
  const { project, name } = repo
  const data: PullRequestChanged = {
    project,
    repo: name,
    number,
    title,
    source,
    target,
    head,
    issues,
  }
  if (row.merged_as === null) return data
  const merged: PullRequestMerged = {
    ...data,
    mergedAs: row.merged_as,
    strategy: row.strategy ?? 'push',
  }
  return merged
}
