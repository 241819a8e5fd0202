import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import picomatch from 'picomatch'
import type { SecretScan } from '@madang/api'
import { gitEnvironment, startGit } from '../git-process.ts'
import { AddedLines } from './added-lines.ts'
import { ALLOW_MARK, secretIn, secretPatterns } from './patterns.ts'
import type { ScanGiven } from '../ports.ts'

const MOST_SHOWN = 20
const LONGEST_LINE = 100_000

/** Lines that refuse what adds a secret, with file and line; undefined when it adds none. */
export async function scanArrival(
  given: ScanGiven,
  scan: SecretScan,
): Promise<string[] | undefined> {
  if (!(await mayHold(given, scan.withHighEntropy))) return undefined
  const found = await secretsIn(given, scan)
  if (found.size === 0) return undefined
  const more = found.size > MOST_SHOWN ? [`  … and ${found.size - MOST_SHOWN} more`] : []
  return [
    'Push refused: it adds a secret. / 비밀 값이 들어 있어 푸시를 거부했습니다.',
    ...[...found].slice(0, MOST_SHOWN),
    ...more,
    'Take it out of the commits (git commit --amend, git rebase -i) and renew it where it counts.',
    '커밋에서 지우고, 해당 서비스에서 값을 새로 발급하세요.',
    `Not a secret? Put ${ALLOW_MARK} on its line, or allow it in the repository's settings.`,
    `비밀 값이 아니라면 그 줄에 ${ALLOW_MARK}을(를) 적거나 저장소 설정에서 허용하세요.`,
  ]
}

const SHOWN = 'log -p -U0 -c --no-color --no-ext-diff --no-textconv --no-renames'.split(' ')
const changes = ({ fresh }: ScanGiven) => [...SHOWN, '--format=commit %H', ...fresh]

/** Most pushes hold none of the words and end here, in `grep`, at its speed. */
async function mayHold(given: ScanGiven, withOptional: boolean): Promise<boolean> {
  const patterns = secretPatterns.filter((pattern) => withOptional || !pattern.isOptional)
  const hints = patterns.flatMap(({ hint }) => ['-e', hint])
  const git = startGit(given.folder, changes(given), given.env)
  const grep = spawn('grep', ['-qaiE', ...hints], {
    env: { ...gitEnvironment(), LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  grep.stdin.on('error', () => undefined) // it ends at the first hit
  grep.on('exit', () => git.kill())
  git.stderr.resume()
  git.stdout.pipe(grep.stdin)
  const code = await new Promise<number | null>((resolve, reject) => {
    git.on('error', reject)
    grep.on('error', reject)
    grep.on('close', resolve)
  })
  if (code !== 0 && code !== 1) throw new Error(`grep ended with ${code}`)
  return code === 0
}

async function secretsIn(given: ScanGiven, scan: SecretScan): Promise<Set<string>> {
  const allowed = scan.allow.map(({ path, kind }) => ({
    takes: picomatch(path, { dot: true }),
    kind,
  }))
  const reader = new AddedLines()
  const found = new Set<string>()
  const git = startGit(given.folder, changes(given), given.env)
  git.stderr.resume()
  for await (const line of createInterface({ input: git.stdout, crlfDelay: Infinity })) {
    const added = reader.take(line)
    const secret = added && secretIn(added.text.slice(0, LONGEST_LINE), scan.withHighEntropy)
    if (!secret) continue
    const { path, number, sha } = added
    const isFine = allowed.some(
      (rule) => rule.takes(path) && (rule.kind ?? secret.kind) === secret.kind,
    )
    if (!isFine)
      found.add(`  ${path}:${number}  ${secret.name} (${secret.kind}), commit ${sha.slice(0, 10)}`)
  }
  return found
}
