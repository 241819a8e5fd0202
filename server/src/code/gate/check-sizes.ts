import { git, startGit, stderrOf } from '../git-process.ts'
import { type Arrival, type ArrivalCheck, freshRevisions } from './arrival.ts'

/**
 * A pack of a megabyte may unfold to gigabytes: whoever shows or compares such a file would pay.
 * So no file may be larger than a whole push.
 */
export const checkSizes: ArrivalCheck = async ({ pushLimitBytes }, arrival) => {
  const fresh = freshRevisions(arrival.moves)
  if (fresh.length === 0) return undefined
  const sha = await firstLarge(arrival, fresh, pushLimitBytes)
  if (sha === undefined) return undefined
  const path = await pathOf(arrival, fresh, sha)
  return [
    `${path} is larger than ${pushLimitBytes} bytes, the most a file may have here. Keep it in Git LFS.`,
    `${path}의 크기가 허용 한도(${pushLimitBytes}바이트)를 넘습니다. Git LFS에 저장하세요.`,
  ]
}

/** git marks with `~` what its filter leaves out. */
async function firstLarge(
  { repo, env }: Arrival,
  fresh: string[],
  limitBytes: number,
): Promise<string | undefined> {
  const filter = [`--filter=blob:limit=${limitBytes + 1}`, '--filter-print-omitted']
  const args = ['rev-list', '--objects', '--no-object-names', ...filter, ...fresh]
  const child = startGit(repo.folder, args, env)
  const stderr = stderrOf(child)
  let rest = ''
  let found: string | undefined
  child.stdout.setEncoding('latin1')
  child.stdout.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    found ??= lines.find((line) => line.startsWith('~'))?.slice(1)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`git rev-list ended with ${code}: ${stderr()}`)
  return found
}

async function pathOf({ repo, env }: Arrival, fresh: string[], sha: string): Promise<string> {
  const format = ['--format=', '--name-only', '-z', '-1', `--find-object=${sha}`]
  const [tips, rest] = [fresh.slice(0, -2), fresh.slice(-2)]
  const args = ['log', ...format, ...tips, ...rest]
  const answer = await git(args, { folder: repo.folder, env })
  return answer.toString('utf8').split('\0')[0]?.trim() || sha
}
