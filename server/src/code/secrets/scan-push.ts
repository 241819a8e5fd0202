// The program behind the hook: reads `git log -p` and ends with 1 when it adds a secret.
import { createInterface } from 'node:readline'
import picomatch from 'picomatch'
import { AddedLines } from './added-lines.ts'
import { ALLOW_MARK, secretIn } from './patterns.ts'

/** What a repository lets through: a kind, a glob of paths, or both. */
interface Allowed {
  path: string
  kind?: string
}

const MOST_SHOWN = 20
const LONGEST_LINE = 100_000

const { MADANG_SECRET_ALLOW: allow = '[]', MADANG_SECRET_OPTIONAL: optional } = process.env
const allowed = (JSON.parse(allow) as Allowed[]).map(({ path, kind }) => ({
  takes: picomatch(path, { dot: true }),
  kind,
}))
const reader = new AddedLines()
const found = new Set<string>()
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const added = reader.take(line)
  const secret = added && secretIn(added.text.slice(0, LONGEST_LINE), optional === '1')
  if (!secret) continue
  const { path, number, sha } = added
  const isFine = allowed.some(
    (rule) => rule.takes(path) && (rule.kind ?? secret.kind) === secret.kind,
  )
  if (!isFine)
    found.add(`  ${path}:${number}  ${secret.name} (${secret.kind}), commit ${sha.slice(0, 10)}`)
}
if (found.size > 0) {
  const more = found.size > MOST_SHOWN ? [`  … and ${found.size - MOST_SHOWN} more`] : []
  const lines = [
    'Push refused: it adds a secret. / 비밀 값이 들어 있어 푸시를 거부했습니다.',
    ...[...found].slice(0, MOST_SHOWN),
    ...more,
    'Take it out of the commits (git commit --amend, git rebase -i) and renew it where it counts.',
    '커밋에서 지우고, 해당 서비스에서 값을 새로 발급하세요.',
    `Not a secret? Put ${ALLOW_MARK} on its line, or allow it in the repository's settings.`,
    `비밀 값이 아니라면 그 줄에 ${ALLOW_MARK}을(를) 적거나 저장소 설정에서 허용하세요.`,
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exitCode = 1
}
