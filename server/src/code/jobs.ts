import { type CodeContext, codeTables, type OpenRepo, openRow } from './context.ts'
import { git } from './git-process.ts'
import type { RefsSync } from './refs-sync.ts'
import { allPushes, repoById } from './store-repos.ts'

const TIDY = 'code.repoTidy'
const REMOVE = 'code.repoRemove'
const SETTLE = 'code.refsSettle'

interface OfRepo {
  repoId: string
}

/** Repacking, removal of folders, and the records that a crash left behind git. */
export function handleJobs(context: CodeContext, sync: RefsSync): void {
  const { jobs, database } = context.kernel
  jobs.handle(TIDY, {
    async run({ payload }) {
      const row = await repoById(codeTables(database), (payload as OfRepo).repoId)
      if (!row) return
      // Two weeks of grace (git's default) keep what a push under way is about to need.
      await git(['gc', '--quiet'], { folder: (await openRow(context, row)).folder })
    },
  })
  jobs.handle(REMOVE, {
    async run({ payload }) {
      const { repoId } = payload as OfRepo
      context.objects.forget(context.folders.path(repoId))
      await context.folders.remove(repoId)
    },
  })
  jobs.handle(SETTLE, {
    async run({ payload }) {
      const { repoId, ended } = payload as OfRepo & { ended: string[] }
      const row = await repoById(codeTables(database), repoId)
      if (row) await sync.settle(await openRow(context, row), ended)
    },
  })
}

/**
 * Announced changes that nobody settled: the server was killed. Whatever git did of them is told
 * now.
 */
export async function settleLeftovers(context: CodeContext): Promise<void> {
  const { jobs, database } = context.kernel
  const pushes = await allPushes(codeTables(database))
  const byRepo = Map.groupBy(pushes, (push) => push.repo_id)
  if (byRepo.size === 0) return
  await database.write(async (tx) => {
    for (const [repoId, left] of byRepo) {
      const ended = left.map((push) => push.id)
      await jobs.enqueue(tx, { kind: SETTLE, payload: { repoId, ended }, key: repoId })
    }
  })
}

export async function removeFolderLater(
  context: CodeContext,
  tx: Parameters<CodeContext['kernel']['jobs']['enqueue']>[0],
  repoId: string,
): Promise<void> {
  await context.kernel.jobs.enqueue(tx, { kind: REMOVE, payload: { repoId }, key: repoId })
}

export async function tidyWhenNeeded(context: CodeContext, repo: OpenRepo): Promise<void> {
  const { jobs, database } = context.kernel
  const repoId = repo.row.id
  if (!(await context.folders.isUntidy(repoId))) return
  await database.write(async (tx) => {
    await jobs.enqueue(tx, { kind: TIDY, payload: { repoId }, key: repoId })
  })
}
