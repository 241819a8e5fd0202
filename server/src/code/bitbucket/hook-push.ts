import { readCommit, readLog } from '../commit-read.ts'
import type { OpenRepo } from '../context.ts'
import type { RefUpdate } from '../events.ts'
import { NO_SHA } from '../ref-name.ts'
import type { Ask } from './call.ts'
import { presentCommit } from './present-commit.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

/** A change of one reference, as `repo:push` tells it. */
export interface PushedBefore {
  old: Json | null
  new: Json | null
  created: boolean
  closed: boolean
  forced: boolean
  truncated: boolean
  commits: Json[]
  links: Json
}

/** At most five commits are named in a push, as in the original. */
const MOST_COMMITS = 5

export function createCommitReader(ask: Ask, repo: OpenRepo) {
  const { objects } = ask.parts.context
  const isThere = async (sha: string) =>
    sha !== NO_SHA && (await objects.info(repo.folder, `${sha}^{commit}`)) !== undefined
  return async (update: RefUpdate): Promise<PushedBefore> => {
    const { before, after } = update
    const [hadBefore, hasAfter] = [await isThere(before), await isThere(after)]
    const name = update.branch ?? update.tag ?? update.ref
    const side = async (sha: string) => ({
      type: update.tag === undefined ? 'branch' : 'tag',
      name,
      target: await presentCommit(ask, repo, await readCommit(repo.folder, sha)),
    })
    const tips = hadBefore ? [after, `^${before}`] : [after]
    const range = { folder: repo.folder, tips, limit: MOST_COMMITS + 1 }
    const commits = hasAfter && update.tag === undefined ? await readLog(range) : []
    const lost = { folder: repo.folder, tips: [before, `^${after}`], limit: 1 }
    const forced = hadBefore && hasAfter && (await readLog(lost)).length > 0
    const url = await repoUrl(ask, repo)
    const spec = hadBefore ? `${after}..${before}` : after
    const shown = commits.slice(0, MOST_COMMITS)
    return {
      old: hadBefore ? await side(before) : null,
      new: hasAfter ? await side(after) : null,
      created: before === NO_SHA,
      closed: after === NO_SHA,
      forced,
      truncated: commits.length > MOST_COMMITS,
      commits: await Promise.all(shown.map((commit) => presentCommit(ask, repo, commit))),
      links: hasAfter
        ? {
            commits: { href: `${url}/commits?include=${after}` },
            diff: { href: `${url}/diff/${spec}` },
          }
        : {},
    }
  }
}
