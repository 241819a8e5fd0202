import type { Actor, NewEvent, ThreadEdge, ThreadNode } from '../kernel/index.ts'
import type { OpenRepo } from './context.ts'
import type { Pushed } from './events.ts'
import { branchPage, branchRef, commitPage, commitRef, issueRef, subjectOf } from './model.ts'
import type { PushFact } from './push-facts.ts'
import { NO_SHA } from './ref-name.ts'

/** The fact of one push, with what it adds to the thread. */
export function pushedEvent(repo: OpenRepo, actor: Actor, facts: PushFact[]): NewEvent {
  const data: Pushed = {
    project: repo.project,
    repo: repo.name,
    actor: { id: actor.id, name: actor.name },
    updates: facts.map((fact) => fact.update),
  }
  return {
    type: 'code.pushed',
    subject: subjectOf(repo),
    project: repo.project,
    actor: actor.id,
    data,
    nodes: facts.flatMap((fact) => nodesOf(repo, fact)),
    edges: facts.flatMap((fact) => edgesOf(repo, fact)),
  }
}

function nodesOf(repo: OpenRepo, fact: PushFact): ThreadNode[] {
  const { branch, after } = fact.update
  if (branch === undefined) return []
  const commits = fact.fresh.map(({ commit }) => ({
    ...commitRef(repo, commit.sha),
    project: repo.project,
    title: commit.title,
    url: commitPage(repo, commit.sha),
    text: `${commit.sha.slice(0, 10)} ${commit.author.name} ${commit.body}`.slice(0, 2000),
  }))
  const state = after === NO_SHA ? 'deleted' : 'open'
  const own = { project: repo.project, title: branch, url: branchPage(repo, branch), state }
  return [{ ...branchRef(repo, branch), ...own }, ...commits]
}

/**
 * A commit belongs to the branch that first brought it; so the default branch does not tie every
 * issue to every other. The newest one is tied to its branch in any case.
 */
function edgesOf(repo: OpenRepo, fact: PushFact): ThreadEdge[] {
  const { branch, after } = fact.update
  if (branch === undefined) return []
  const from = branchRef(repo, branch)
  const named = fact.issues.map((key) => ({ from: issueRef(key), to: from }))
  if (after === NO_SHA) return named
  const commits = fact.fresh.flatMap(({ commit, issues }) => {
    const to = commitRef(repo, commit.sha)
    return [{ from, to }, ...issues.map((key) => ({ from: issueRef(key), to }))]
  })
  const tip = branch === repo.defaultBranch ? [] : [{ from, to: commitRef(repo, after) }]
  return [...named, ...commits, ...tip]
}
