import type { Commit } from '@madang/api'
import { readLog } from './commit-read.ts'
import type { CodeContext, OpenRepo } from './context.ts'
import type { RefUpdate } from './events.ts'
import { issueKeysIn } from './issue-links.ts'
import { branchOf, NO_SHA, tagOf, type MovedRef } from './ref-name.ts'

const MOST_COMMITS_IN_EVENT = 100
const MOST_NEW_COMMITS = 500

/** What a moved reference means: gathered from git before the transaction that records it. */
export interface PushFact {
  update: RefUpdate
  /** Commits that no recorded reference held before, newest first, with the issues they name. */
  fresh: { commit: Commit; issues: string[] }[]
  /** Issues named by the branch. */
  issues: string[]
}

export function movedRefs(recorded: Map<string, string>, actual: Map<string, string>): MovedRef[] {
  const names = new Set([...recorded.keys(), ...actual.keys()])
  return [...names].flatMap((ref) => {
    const before = recorded.get(ref) ?? NO_SHA
    const after = actual.get(ref) ?? NO_SHA
    return before === after ? [] : [{ ref, before, after }]
  })
}

/** `known`: shas that were recorded before; what they hold is not new. */
export async function pushFact(
  context: CodeContext,
  repo: OpenRepo,
  moved: MovedRef,
  known: readonly string[],
): Promise<PushFact> {
  const { ref, before, after } = moved
  const branch = branchOf(ref)
  const update: RefUpdate = { ref, branch, tag: tagOf(ref), before, after, commits: [] }
  if (branch === undefined) return { update, fresh: [], issues: [] }
  const issues = await issueKeysIn(context, repo.project, branch)
  if (after === NO_SHA) return { update, fresh: [], issues }
  const held = await existing(context, repo, known)
  const newCommits = await log(repo, [after, ...held], MOST_NEW_COMMITS)
  const since = (await existing(context, repo, [before]))[0]
  const listed = since ? await log(repo, [after, since], MOST_COMMITS_IN_EVENT) : newCommits
  update.commits = listed
    .slice(0, MOST_COMMITS_IN_EVENT)
    .map(({ sha, title, author }) => ({ sha, title, author: author.name }))
  const fresh = await Promise.all(
    newCommits.map(async (commit) => ({
      commit,
      issues: await issueKeysIn(context, repo.project, `${commit.title}\n${commit.body}`),
    })),
  )
  return { update, fresh, issues }
}

function log(repo: OpenRepo, tips: string[], limit: number): Promise<Commit[]> {
  return readLog({ folder: repo.folder, tips, limit })
}

/** As exclusions, those that are still there: what a deleted branch held may have been pruned. */
async function existing(
  context: CodeContext,
  repo: OpenRepo,
  shas: readonly string[],
): Promise<string[]> {
  const unique = [...new Set(shas)].filter((sha) => sha !== NO_SHA)
  const found = await Promise.all(
    unique.map((sha) => context.objects.info(repo.folder, `${sha}^{commit}`)),
  )
  return found.flatMap((info) => (info ? [`^${info.sha}`] : []))
}
