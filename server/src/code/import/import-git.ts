import { isAncestor } from '../commit-read.ts'
import { git } from '../git-process.ts'
import { tidyWhenNeeded } from '../jobs.ts'
import { type MovedRef, isRefName, NO_SHA } from '../ref-name.ts'
import { readRefFiles } from '../ref-files.ts'
import { setDefaultBranch } from '../refs-sync.ts'
import { fetchRemote, landRefs, listRemote } from '../remote/index.ts'
import { refuseImport } from './refuse.ts'
import { type ImportRun, note, remoteOf, saveImport } from './run-context.ts'

/** Where what came lies until it is ours; no client is shown it as a branch. */
const STAGE = 'refs/import'
const PROGRESS_MS = 1000

/** All branches and tags, and the heads of pull requests where the host keeps them. */
export async function importGit(run: ImportRun, headRefs: string | undefined): Promise<void> {
  const { context } = run.parts
  const work = { folder: run.repo.folder, remote: remoteOf(run), signal: run.signal }
  const { head, hostKeys } = await listRemote(context.kernel, work)
  // The host that was met first is the one that is read from.
  if (work.remote.login.kind === 'key' && hostKeys) work.remote.login.hostKeys = hostKeys
  const refspecs = [`+refs/heads/*:${STAGE}/heads/*`, `+refs/tags/*:${STAGE}/tags/*`]
  if (headRefs) refspecs.push(`+${headRefs}:${STAGE}/pulls/*`)
  await fetchRemote(context.kernel, { ...work, refspecs, onProgress: progressOf(run) })
  await landStaged(run)
  const { refs } = await readRefFiles(run.repo.folder)
  const count = (root: string) => [...refs.keys()].filter((name) => name.startsWith(root)).length
  if (head !== undefined && refs.has(`refs/heads/${head}`)) {
    await setDefaultBranch(context, run.repo, head)
  }
  await saveImport(run, { branches: count('refs/heads/'), tags: count('refs/tags/') })
}

/** At most once a second: a transfer says more than anybody reads. */
function progressOf(run: ImportRun): (text: string) => void {
  let lastMs = 0
  return (progress) => {
    const now = Date.now()
    if (now - lastMs < PROGRESS_MS || run.signal.aborted) return
    lastMs = now
    saveImport(run, { progress }).catch((error: unknown) =>
      run.parts.context.kernel.log.warn('code.importProgress', { error }),
    )
  }
}

/** New ones come, old ones go forward; what went another way here meanwhile stays, and is named. */
async function landStaged(run: ImportRun): Promise<void> {
  const { folder } = run.repo
  const { refs } = await readRefFiles(folder)
  const moves: MovedRef[] = []
  for (const [staged, after] of refs) {
    const [, kind, name] = /^refs\/import\/(heads|tags)\/(.+)$/.exec(staged) ?? []
    if (!kind || !name) continue
    const about = { kind: kind === 'heads' ? 'branch' : 'tag', what: name } as const
    const ref = `refs/${kind}/${name}`
    const before = refs.get(ref) ?? NO_SHA
    if (before === after) continue
    if (!isRefName(name)) {
      await note(run, about, refuseImport('importRefName'))
    } else if (before !== NO_SHA && !(await mayMove(run, { kind, before, after }))) {
      await note(run, about, refuseImport('importDiverged'))
    } else moves.push({ ref, before, after })
  }
  await landRefs(run.parts.sync, run.repo, { actor: run.actor, moves })
}

async function mayMove(
  run: ImportRun,
  { kind, before, after }: { kind: string; before: string; after: string },
): Promise<boolean> {
  return kind === 'heads' && isAncestor(run.repo.folder, before, after)
}

/** The head of a pull request as the host's own reference has it. */
export async function stagedHead(run: ImportRun, number: number): Promise<string | undefined> {
  const ref = `${STAGE}/pulls/${number}^{commit}`
  return (await run.parts.context.objects.info(run.repo.folder, ref))?.sha
}

/** What was staged is either ours now or not needed. */
export async function clearStage(run: ImportRun): Promise<void> {
  const { folder } = run.repo
  const { refs } = await readRefFiles(folder)
  const staged = [...refs].filter(([name]) => name.startsWith(`${STAGE}/`))
  const input = staged.map(([name, sha]) => `delete ${name}\0${sha}\0`).join('')
  await git(['update-ref', '--stdin', '-z'], { folder, input })
  await git(['pack-refs', '--all'], { folder })
  await tidyWhenNeeded(run.parts.context, run.repo)
}
