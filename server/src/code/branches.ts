import type { Branch, NamedRef } from '@madang/api'
import type { Actor } from '../kernel/index.ts'
import { checkRules } from './branch-rules.ts'
import { countBetween } from './commit-read.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { changeRefs } from './ref-change.ts'
import { isRefName, NO_SHA } from './ref-name.ts'
import { readNamedRefs } from './refs-read.ts'
import { refuse } from './refuse.ts'
import type { RefsSync } from './refs-sync.ts'
import { resolveRevision } from './revision.ts'
import { openPullRequests } from './store-pull-requests.ts'

export interface PageOf<T> {
  items: T[]
  nextCursor?: string
}

/** A page of what is already in memory; the cursor is how many came before. */
export function sliceOf<T>(all: T[], { limit, cursor }: { limit: number; cursor?: string }) {
  const start = Math.max(0, Math.trunc(Number(cursor ?? 0)) || 0)
  const end = start + limit
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : undefined }
}

/** The default branch first, then by newest commit; how far each is from the default branch. */
export async function listBranches(
  context: CodeContext,
  repo: OpenRepo,
  page: { limit: number; cursor?: string },
): Promise<PageOf<Branch>> {
  const all = await readNamedRefs(repo.folder, 'heads')
  const base = all.find(({ name }) => name === repo.defaultBranch)
  all.sort((a, b) => Number(b === base) - Number(a === base))
  const { items, nextCursor } = sliceOf(all, page)
  const open = await openPullRequests(codeTables(context.kernel.database), repo.row.id)
  const branches: Branch[] = []
  for (const ref of items) {
    const distance = base
      ? await distanceOf(repo.folder, base.sha, ref.sha)
      : { ahead: 0, behind: 0 }
    const pullRequest = open.find((pull) => pull.source === ref.name)?.number
    branches.push({ ...ref, ...distance, isDefault: ref === base, pullRequest })
  }
  return { items: branches, nextCursor }
}

const MOST_REMEMBERED = 2000
const remembered = new Map<string, { ahead: number; behind: number }>()

/** Counting walks the history; two commits never change their distance. */
async function distanceOf(folder: string, base: string, tip: string) {
  if (base === tip) return { ahead: 0, behind: 0 }
  const key = `${folder} ${base} ${tip}`
  const known = remembered.get(key)
  if (known) return known
  const distance = await countBetween(folder, base, tip)
  remembered.set(key, distance)
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  return distance
}

/** Throws `refNameInvalid`, `refExists`, `refNotFound`. */
export async function createBranch(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, name, startFrom }: { actor: Actor; name: string; startFrom?: string },
): Promise<NamedRef> {
  if (!isRefName(name)) throw refuse('refNameInvalid', { ref: name })
  const ref = `refs/heads/${name}`
  if (await context.objects.info(repo.folder, ref)) throw refuse('refExists', { ref: name })
  await checkRules(context, repo, { actor, branch: name })
  const { sha } = await resolveRevision(context.objects, repo, startFrom)
  await changeRefs(sync, repo, { actor, moves: [{ ref, before: NO_SHA, after: sha }] })
  const made = (await readNamedRefs(repo.folder, 'heads')).find((entry) => entry.name === name)
  if (!made) throw refuse('refMoved', { ref: name })
  return made
}

/** Throws `refNotFound`, `branchProtected` for the default branch. */
export async function deleteBranch(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, name }: { actor: Actor; name: string },
): Promise<void> {
  const ref = `refs/heads/${name}`
  const tip = isRefName(name) ? await context.objects.info(repo.folder, ref) : undefined
  if (!tip) throw refuse('refNotFound', { ref: name })
  if (name === repo.defaultBranch) throw refuse('branchProtected', { branch: name })
  await checkRules(context, repo, { actor, branch: name, isDeletion: true })
  await changeRefs(sync, repo, { actor, moves: [{ ref, before: tip.sha, after: NO_SHA }] })
}
