import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runScript } from './program.ts'

const home = mkdtempSync(join(tmpdir(), 'madang-start-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Exit code and output, or the error's code. */
async function outcome(name: string, script: string, given: { cwd?: string; env?: object } = {}) {
  const { cwd = home, env } = given
  let text = ''
  try {
    const code = await runScript({
      folder: join(home, 'control', name),
      script: `#!/bin/sh\n${script}`,
      cwd,
      env: { PATH: process.env['PATH']!, ...env },
      isOutputApart: false,
      taken: 0,
      signal: new AbortController().signal,
      letGo: new AbortController().signal,
      push: (bytes) => (text += bytes.toString('utf8')),
      isWanted: () => true,
    })
    return `${code} ${text}`.trim()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

test('programs that start in one turn are each what one alone is', async () => {
  const value = `it's "so" \`$(x)\` \\\n\n end`
  const spaced = join(home, `a 'folder'`)
  mkdirSync(spaced)
  const count = 'ls -d /proc/$$ > "$OUT"; env | grep -c .'
  const alone = await outcome('alone', count, { env: { OUT: '/dev/null' } })
  const outcomes = await Promise.all([
    outcome('counted', count, { env: { OUT: '/dev/null' } }),
    outcome('value', 'printf "%s|" "$TEXT"; exit 3', { env: { TEXT: value } }),
    outcome('folder', 'pwd', { cwd: spaced }),
    outcome('kept', 'echo "$UID_IS"', { env: { UID_IS: 'mine', PPID: '7' } }),
    outcome('signal', 'kill -INT $$; echo survived'),
    outcome('nowhere', 'true', { cwd: join(home, 'nowhere') }),
    outcome('large', 'echo ${#TEXT}', { env: { TEXT: 'x'.repeat(100_000) } }),
    outcome('group', 'read -r pid name state parent group rest < /proc/$$/stat; echo $group'),
  ])
  const group = readFileSync(join(home, 'control/group/pid'), 'utf8').trim()
  expect(outcomes).toEqual([
    alone,
    `3 ${value}|`,
    `0 ${spaced}`,
    '0 mine',
    '130',
    'ENOENT',
    '0 100000',
    `0 ${group}`,
  ])
})
