import { rulesOf } from '../branch-rules.ts'
import type { CodeContext } from '../context.ts'
import { git } from '../git-process.ts'
import { type MovedRef, branchOf, NO_SHA } from '../ref-name.ts'
import { verifyCommit } from '../signing/index.ts'
import type { Arrival, ArrivalCheck } from './arrival.ts'

const MOST_SHOWN = 20
const AT_ONCE = 500

/** Where the branch asks for it, each new commit has to carry a signature that is known here. */
export const checkSignatures: ArrivalCheck = async (context, arrival) => {
  const rules = await rulesOf(context, arrival.repo)
  const asked = arrival.moves.filter(({ ref, after }) => {
    const branch = branchOf(ref)
    return after !== NO_SHA && branch !== undefined && rules.has('require_signed_commits', branch)
  })
  const bad: string[] = []
  for (const move of asked) bad.push(...(await unverified(context, arrival, move)))
  if (bad.length === 0) return undefined
  const more = bad.length > MOST_SHOWN ? [`  … and ${bad.length - MOST_SHOWN} more`] : []
  return [
    'This branch takes signed commits only. / 이 브랜치는 서명된 커밋만 받습니다.',
    ...bad.slice(0, MOST_SHOWN),
    ...more,
    'Sign them (git commit -S) with an SSH or GPG key that is registered in your settings.',
    '설정에 등록한 SSH 또는 GPG 키로 서명하세요(git commit -S).',
  ]
}

async function unverified(
  context: CodeContext,
  arrival: Arrival,
  move: MovedRef,
): Promise<string[]> {
  const bad: string[] = []
  const shas = await commitsOf(context, arrival, move)
  for (let at = 0; at < shas.length; at += AT_ONCE) {
    const raws = await readRaw(arrival, shas.slice(at, at + AT_ONCE))
    for (const [sha, raw] of raws) {
      const signature = await verifyCommit(context, raw)
      if (signature?.state === 'verified') continue
      const why = signature?.reason ?? 'unsigned'
      bad.push(`  ${sha.slice(0, 10)}  ${titleOf(raw)}  (${why})`)
    }
  }
  return bad
}

/** What the branch does not hold yet, and the default branch neither: that is no news to it. */
async function commitsOf(
  { objects }: CodeContext,
  { repo, env }: Arrival,
  { before, after, ref }: MovedRef,
): Promise<string[]> {
  const known = await objects.info(repo.folder, `refs/heads/${repo.defaultBranch}^{commit}`)
  const isDefault = branchOf(ref) === repo.defaultBranch
  const held = before === NO_SHA ? ['--all'] : [before]
  if (!isDefault && known) held.push(known.sha)
  const args = ['rev-list', after, '--not', ...held]
  const answer = await git(args, { folder: repo.folder, env })
  return answer.toString('latin1').split('\n').filter(Boolean)
}

async function readRaw({ repo, env }: Arrival, shas: string[]): Promise<[string, Buffer][]> {
  const input = shas.map((sha) => `${sha}\n`).join('')
  const answer = await git(['cat-file', '--batch'], { folder: repo.folder, env, input })
  const found: [string, Buffer][] = []
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf(10, at)
    const [sha = '', , size = '0'] = answer.toString('latin1', at, end).split(' ')
    found.push([sha, answer.subarray(end + 1, end + 1 + Number(size))])
    at = end + 2 + Number(size)
  }
  return found
}

function titleOf(raw: Buffer): string {
  const text = raw.toString('utf8')
  return text
    .slice(text.indexOf('\n\n') + 2)
    .split('\n')[0]!
    .slice(0, 80)
}
