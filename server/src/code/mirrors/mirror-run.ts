import { stringify } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { isAncestor } from '../commit-read.ts'
import type { OpenRepo } from '../context.ts'
import { git } from '../git-process.ts'
import { tidyWhenNeeded } from '../jobs.ts'
import { actorFrom } from '../model.ts'
import { type MovedRef, isRefName, branchOf, NO_SHA, tagOf } from '../ref-name.ts'
import { readRefFiles } from '../ref-files.ts'
import { readRefs } from '../refs-read.ts'
import { setDefaultBranch } from '../refs-sync.ts'
import { fetchRemote, landRefs, listRemote, pushRemote, type Remote } from '../remote/index.ts'
import { coverOf, differences } from './mirror-model.ts'
import type { MirrorRow } from './store-mirrors.ts'

const STAGE = 'refs/mirror'
/** As many as a command line holds with room to spare. */
const PUSHED_AT_ONCE = 200

export const secretPurpose = (mirrorId: string) => `code.mirror ${mirrorId}`

export interface MirrorRun {
  parts: CodeParts
  row: MirrorRow
  repo: OpenRepo
  signal: AbortSignal
}

/** What one look at the other side came to. */
export interface MirrorOutcome {
  diverged: string[]
  hostKeys: string | undefined
}

function remoteOf({ parts, row }: MirrorRun): Remote {
  const { secrets } = parts.context.kernel
  const secret = row.secret === null ? '' : secrets.open(row.secret, secretPurpose(row.id))
  const { url } = row
  if (row.auth === 'sshKey') {
    const hostKeys = row.host_keys === null ? {} : { hostKeys: row.host_keys }
    return { url, login: { kind: 'key', privateKey: secret, ...hostKeys } }
  }
  if (row.auth === 'none' || secret === '') return { url, login: { kind: 'none' } }
  // The hosts take any name, or one of these, beside a token.
  const username = row.username || (/gitlab/.test(url) ? 'oauth2' : 'x-access-token')
  return { url, login: { kind: 'password', username, password: secret } }
}

export const runMirror = (run: MirrorRun): Promise<MirrorOutcome> =>
  run.row.direction === 'pull' ? pull(run) : push(run)

/** Brings what is there; what goes is decided here, so a mirror that is not to prune keeps it. */
async function pull(run: MirrorRun): Promise<MirrorOutcome> {
  const { parts, row, repo } = run
  const { folder } = repo
  const work = { folder, remote: remoteOf(run), signal: run.signal }
  const refspecs = [`+refs/heads/*:${STAGE}/heads/*`, `+refs/tags/*:${STAGE}/tags/*`]
  const { hostKeys } = await fetchRemote(parts.context.kernel, { ...work, refspecs })
  const { refs } = await readRefFiles(folder)
  const staged = [...refs].filter(([name]) => name.startsWith(`${STAGE}/`))
  const theirs = new Map(staged.map(([name, sha]) => [name.replace(STAGE, 'refs'), sha]))
  const covers = coverOf(row.branches)
  const found = differences(await readRefs(folder), theirs, { covers, noSha: NO_SHA })
  const isWanted = ({ ref, after }: MovedRef) =>
    isRefName(shortOf(ref)) &&
    (after !== NO_SHA || (row.prune === 1 && branchOf(ref) !== repo.defaultBranch))
  const { moves, diverged } = await sort(run, found.filter(isWanted))
  const actor = actorFrom(row.created_by, row.created_by_name)
  await landRefs(parts.sync, repo, { actor, moves })
  if (row.succeeded_at === null) await followHead(run, work)
  const input = staged.map(([name, sha]) => `delete ${name}\0${sha}\0`).join('')
  await git(['update-ref', '--stdin', '-z'], { folder, input })
  await tidyWhenNeeded(parts.context, repo)
  return { diverged, hostKeys }
}

/** At first the default branch is theirs; later it is what people here chose. */
async function followHead(
  { parts, repo }: MirrorRun,
  work: Parameters<typeof listRemote>[1],
): Promise<void> {
  const { head } = await listRemote(parts.context.kernel, work)
  const refs = await readRefs(repo.folder)
  if (head === undefined || !refs.has(`refs/heads/${head}`)) return
  await setDefaultBranch(parts.context, repo, head)
}

/** Sends what differs, each reference only from where we saw it. */
async function push(run: MirrorRun): Promise<MirrorOutcome> {
  const { parts, row, repo } = run
  const work = { folder: repo.folder, remote: remoteOf(run), signal: run.signal }
  const { refs: theirs, hostKeys } = await listRemote(parts.context.kernel, work)
  const covers = coverOf(row.branches)
  const found = differences(theirs, await readRefs(repo.folder), { covers, noSha: NO_SHA })
  const wanted = found.filter(({ after }) => after !== NO_SHA || row.prune === 1)
  const { moves, diverged } = await sort(run, wanted)
  for (let at = 0; at < moves.length; at += PUSHED_AT_ONCE) {
    const part = moves.slice(at, at + PUSHED_AT_ONCE)
    const refspecs = part.map(({ ref, after }) =>
      after === NO_SHA ? `:${ref}` : `+${after}:${ref}`,
    )
    await pushRemote(parts.context.kernel, { ...work, refspecs })
  }
  return { diverged, hostKeys }
}

const shortOf = (ref: string): string => branchOf(ref) ?? tagOf(ref) ?? ref

/** Apart from what only goes forward: what would overwrite, which is left alone unless told. */
async function sort(
  { row, repo, parts }: MirrorRun,
  found: MovedRef[],
): Promise<{ moves: MovedRef[]; diverged: string[] }> {
  const moves: MovedRef[] = []
  const diverged: string[] = []
  for (const move of found) {
    const { before: from, after: to } = move
    const isPlain = from === NO_SHA || to === NO_SHA
    const isKnown = isPlain || (await parts.context.objects.info(repo.folder, from)) !== undefined
    const isForward = isPlain || (isKnown && (await isAncestor(repo.folder, from, to)))
    if (isForward || row.overwrite === 1) moves.push(move)
    else diverged.push(shortOf(move.ref))
  }
  return { moves, diverged }
}

export const divergedColumn = (outcome: MirrorOutcome): string => stringify(outcome.diverged)
