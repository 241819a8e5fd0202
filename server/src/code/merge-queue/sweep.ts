import { systemActor } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, type OpenRepo } from '../context.ts'
import { isOfQueue, queueBranch } from '../queue-branch.ts'
import { changeRefs } from '../ref-change.ts'
import { readRefFiles } from '../ref-files.ts'
import { branchOf, NO_SHA } from '../ref-name.ts'
import { queuedOf } from '../store-merge-queue.ts'

/** Deletes the branches of a queue that hold nothing of what is built in it now. */
export async function removeLeftBranches(
  { context, sync }: CodeParts,
  repo: OpenRepo,
  target: string,
): Promise<void> {
  const db = codeTables(context.kernel.database)
  const built = new Map(
    (await queuedOf(db, repo.row.id, target)).map(({ number, sha }) => [
      queueBranch(target, number),
      sha,
    ]),
  )
  const { refs } = await readRefFiles(repo.folder)
  const moves = [...refs].flatMap(([ref, before]) => {
    const branch = branchOf(ref)
    const isLeft = branch && isOfQueue(branch, target) && built.get(branch) !== before
    return isLeft ? [{ ref, before, after: NO_SHA }] : []
  })
  if (moves.length > 0) await changeRefs(sync, repo, { actor: systemActor, moves })
}
