import { isUtf8 } from 'node:buffer'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PullConflictFile, PullConflicts, PullResolution } from '@madang/api'
import type { Actor } from '../../kernel/index.ts'
import { createCommit, type NewFile } from '../commit-create.ts'
import type { CodeContext, OpenRepo } from '../context.ts'
import { openPull } from '../pull-requests.ts'
import { refuse } from '../refuse.ts'
import type { RefsSync } from '../refs-sync.ts'
import type { PullRequestRow } from '../tables.ts'
import {
  blobOf,
  type ConflictFile,
  conflictedMerge,
  mergeFiles,
  segmentsOf,
} from './conflict-files.ts'

const MOST_FILES = 100
const LARGEST_BYTES = 1024 * 1024

/** What has to be decided before a pull request can be merged. */
export async function pullConflicts(
  context: CodeContext,
  repo: OpenRepo,
  number: number,
): Promise<PullConflicts> {
  const pull = await openPull(context, repo, number)
  const target = await targetOf(context, repo, pull)
  const { files } = await conflictedMerge(repo.folder, { head: pull.head, target })
  const shown: PullConflictFile[] = []
  for (const file of files.slice(0, MOST_FILES)) shown.push(await show(context, repo, file))
  return { head: pull.head, target, files: shown, truncated: files.length > MOST_FILES }
}

async function targetOf(context: CodeContext, repo: OpenRepo, pull: PullRequestRow) {
  const tip = await context.objects.info(repo.folder, `refs/heads/${pull.target}^{commit}`)
  if (!tip) throw refuse('refNotFound', { ref: pull.target })
  return tip.sha
}

async function show(
  context: CodeContext,
  repo: OpenRepo,
  file: ConflictFile,
): Promise<PullConflictFile> {
  const { path, source, target } = file
  if (!source || !target) {
    return { path, kind: 'deleted', deletedBy: source ? 'target' : 'source' }
  }
  const versions = [file.base, source, target].filter((version) => version !== undefined)
  const infos = await Promise.all(versions.map(({ sha }) => context.objects.info(repo.folder, sha)))
  const isPlain = versions.every(({ mode }) => mode.startsWith('100'))
  const isSmall = infos.every((info) => info !== undefined && info.sizeBytes <= LARGEST_BYTES)
  const text = isPlain && isSmall ? await mergedText(repo.folder, file) : undefined
  if (text === undefined) return { path, kind: 'binary' }
  return { path, kind: 'text', segments: segmentsOf(text) }
}

/** Undefined for what is no UTF-8 text: a page could not give it back unchanged. */
async function mergedText(folder: string, file: ConflictFile): Promise<string | undefined> {
  const bytes = await Promise.all(
    [file.source, file.base, file.target].map((version) => blobOf(folder, version)),
  )
  if (!bytes.every((part) => isUtf8(part))) return undefined
  const place = await mkdtemp(join(tmpdir(), 'madang-conflict-'))
  try {
    const [source, base, target] = ['source', 'base', 'target'].map((name) => join(place, name))
    const paths = [source!, base!, target!]
    await Promise.all(paths.map((path, index) => writeFile(path, bytes[index]!)))
    return await mergeFiles(folder, { source: source!, base: base!, target: target! })
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/**
 * Merges the target into the source branch with what a person decided about each conflict. Throws
 * `refMoved` when either side went on meanwhile, `conflictsLeft`.
 */
export async function resolveConflicts(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, number, wish }: { actor: Actor; number: number; wish: PullResolution },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  const target = await targetOf(context, repo, pull)
  if (wish.head !== pull.head) throw refuse('refMoved', { ref: pull.source })
  if (wish.target !== target) throw refuse('refMoved', { ref: pull.target })
  const merge = await conflictedMerge(repo.folder, { head: pull.head, target })
  if (merge.files.length === 0) {
    throw refuse('nothingToResolve', { source: pull.source, target: pull.target })
  }
  const left = merge.files.filter(({ path }) => wish.files.every((file) => file.path !== path))
  if (left.length > 0) {
    throw refuse('conflictsLeft', { files: left.map(({ path }) => path).join(', ') })
  }
  const names = merge.files.map(({ path }) => `\t${path}`).join('\n')
  const title = `Merge branch '${pull.target}' into ${pull.source}`
  await createCommit(context, sync, repo, {
    actor,
    given: {
      branch: pull.source,
      message: wish.message?.trim() || `${title}\n\nConflicts:\n${names}`,
      files: merge.files.map((file) => decided(file, wish)),
      expected: pull.head,
      merge: { tree: merge.tree, parent: target },
      allowEmpty: true,
    },
  })
}

function decided(file: ConflictFile, wish: PullResolution): NewFile {
  const { path } = file
  const choice = wish.files.find((entry) => entry.path === path)!
  if (choice.take === 'text') {
    const { mode } = file.source ?? file.target!
    return { path, content: choice.text ?? '', isExecutable: mode === '100755' }
  }
  const version = file[choice.take]
  return version ? { path, content: '', object: version } : { path, content: null }
}
