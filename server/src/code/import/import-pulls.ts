import { parseColumn, Refusal, stringify } from '../../kernel/index.ts'
import { isAncestor, mergeBaseOf } from '../commit-read.ts'
import { codeTables } from '../context.ts'
import { gitText } from '../git-process.ts'
import { issueKeysIn } from '../issue-links.ts'
import { pullRequestEvent } from '../pull-request-event.ts'
import { issueText, keepHead } from '../pull-request-facts.ts'
import { isRefName, NO_SHA } from '../ref-name.ts'
import { landRefs, spoken } from '../remote/index.ts'
import { insertComment } from '../store-comments.ts'
import {
  insertPullRequest,
  nextNumber,
  pullRequestByNumber,
  putApproval,
} from '../store-pull-requests.ts'
import type { PullRequestRow } from '../tables.ts'
import { stagedHead } from './import-git.ts'
import { forkBranch, type PullDetails, type Source, type SourcePull } from './model.ts'
import {
  commentRows,
  type PullCommits,
  pullRow,
  verdictComments,
  verdictRows,
} from './pull-rows.ts'
import { refuseImport } from './refuse.ts'
import { hostOf, type ImportRun, note, saveImport } from './run-context.ts'
import { addComments, addItems, type ItemRow, nextItems, settleItem } from './store-imports.ts'

/** Writes down every pull request there is; goes on at the page where it was cut off. */
export async function listPulls(run: ImportRun, source: Source): Promise<void> {
  for (let next = run.row.next_page ?? undefined; ;) {
    run.signal.throwIfAborted()
    const page = await source.page(next)
    const items = page.pulls.map((pull) => ({
      import_id: run.row.id,
      kind: 'pull' as const,
      source_id: String(pull.number),
      position: pull.number,
      data: stringify(pull),
    }))
    next = page.next
    await saveImport(run, { next_page: next ?? null }, (tx) => addItems(tx, items))
    if (next === undefined) return
  }
}

/** One after the other, each whole in one transaction: what a crash cuts off comes again. */
export async function importPulls(run: ImportRun, source: Source): Promise<void> {
  const { database } = run.parts.context.kernel
  const next = () => nextItems(database, { import: run.row.id, kind: 'pull', limit: 1 })
  for (let [item] = await next(); item; [item] = await next()) {
    run.signal.throwIfAborted()
    const pull = parseColumn<SourcePull>(item.data)
    try {
      await importPull(run, { item, pull, details: await source.details(pull) })
    } catch (error) {
      if (!(error instanceof Refusal) || !isOfPull(error)) throw error
      const problem = spoken(error, hostOf(run.row))
      await saveImport(run, {}, (tx) => settleItem(tx, item!, problem))
    }
  }
}

/** What is wrong with this one only; everything else would be wrong with the next as well. */
const isOfPull = ({ code }: Refusal): boolean =>
  [
    'importNoHead',
    'importRefName',
    'sourceShape',
    'sourceAnswer',
    'sourceTooLong',
    'remoteMissing',
  ].includes(code)

interface Given {
  item: ItemRow
  pull: SourcePull
  details: PullDetails
}

async function importPull(run: ImportRun, { item, pull, details }: Given): Promise<void> {
  const { context } = run.parts
  const { ids } = context.kernel
  const host = hostOf(run.row)
  const commits = await commitsOf(run, pull)
  const number = await freeNumber(run, pull.number)
  if (pull.state === 'open') await landFork(run, pull, commits.head)
  // Before the record, so that a crash in between leaves a reference too many, not one too few.
  await keepHead(run.repo.folder, number, commits.head)
  const row = pullRow(pull, { id: ids.next('pr'), number, repo: run.repo, host, commits })
  const isOpen = pull.state === 'open'
  const said = isOpen ? verdictComments(details.verdicts) : []
  const all = [...details.comments, ...said]
  const nextId = () => ids.next('cmt')
  const comments = commentRows(all, { pull: row, host, nextId, base: commits.base })
  const issues = await issueKeysIn(context, run.repo.project, issueText(row))
  await saveImport(run, {}, async (tx) => {
    const db = codeTables(tx)
    await insertPullRequest(db, row)
    for (const comment of comments) await insertComment(db, comment)
    if (!isOpen) {
      for (const verdict of verdictRows(details.verdicts, { pull: row, host })) {
        await putApproval(db, verdict)
      }
    }
    await settleItem(tx, item)
    await addComments(tx, run.row.id, comments.length)
    await context.kernel.events.append(tx, importedEvent(run, row, issues))
  })
  await noteLosses(run, { pull, details })
}

/** A fact of its own: nothing happened here that gates, webhooks or figures should take for news. */
function importedEvent(run: ImportRun, row: PullRequestRow, issues: string[]) {
  const change = { type: 'code.pullRequestOpened', actor: run.actor, row, issues } as const
  return { ...pullRequestEvent(run.repo, change), type: 'code.pullRequestImported' }
}

async function noteLosses(
  run: ImportRun,
  { pull, details }: Pick<Given, 'pull' | 'details'>,
): Promise<void> {
  const position = pull.number
  const lost = details.comments.filter((comment) => comment.isPlaceLost)
  for (const comment of lost) {
    const what = `#${pull.number} ${comment.id}`
    await note(run, { kind: 'comment', what, position }, refuseImport('importPlace'))
  }
  if (pull.state !== 'open' || details.verdicts.length === 0) return
  const what = `#${pull.number}`
  await note(run, { kind: 'approval', what, position }, refuseImport('importApprovals'))
}

/** The source's own number, so that what people wrote down still finds it. */
async function freeNumber(run: ImportRun, wanted: number): Promise<number> {
  const db = codeTables(run.parts.context.kernel.database)
  const taken = await pullRequestByNumber(db, run.repo.row.id, wanted)
  return taken ? nextNumber(db, run.repo.row.id) : wanted
}

async function commitsOf(run: ImportRun, pull: SourcePull): Promise<PullCommits> {
  const { folder } = run.repo
  const find = (sha: string | undefined) => commitOf(run, sha)
  const mergedAs = await find(pull.mergedAs)
  const head = (await find(pull.head)) ?? (await stagedHead(run, pull.number)) ?? mergedAs
  if (!head) throw refuseImport('importNoHead', { sha: pull.head.slice(0, 12) || '?' })
  const parents = mergedAs ? await parentsOf(folder, mergedAs) : []
  const before = parents[0]
  // A head that the target had already tells nothing of where the change began.
  const isOurs = before !== undefined && !(await isAncestor(folder, head, before))
  const target = (await find(pull.base)) ?? (await find(`refs/heads/${pull.target}`))
  const from = isOurs ? before : target
  const base = from && (await mergeBaseOf(folder, from, head))
  return { head, base, mergedAs, isSquash: mergedAs !== undefined && parents.length < 2 }
}

async function commitOf(run: ImportRun, name: string | undefined): Promise<string | undefined> {
  const isGood = name !== undefined && /^([0-9a-f]{7,40}|refs\/heads\/[^\s^~:]+)$/.test(name)
  if (!isGood) return undefined
  return (await run.parts.context.objects.info(run.repo.folder, `${name}^{commit}`))?.sha
}

async function parentsOf(folder: string, sha: string): Promise<string[]> {
  const line = await gitText(['rev-list', '--parents', '-n', '1', sha], { folder })
  return line.split(' ').slice(1)
}

/** An open one from a fork can only be merged here if its branch is here, too. */
async function landFork(run: ImportRun, pull: SourcePull, head: string): Promise<void> {
  if (pull.fork === undefined) return
  const branch = forkBranch(pull)
  if (!isRefName(branch)) throw refuseImport('importRefName')
  const ref = `refs/heads/${branch}`
  if (await commitOf(run, ref)) return
  const moves = [{ ref, before: NO_SHA, after: head }]
  await landRefs(run.parts.sync, run.repo, { actor: run.actor, moves })
}
