import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { git as runGit, gitWithCode } from './git-process.ts'
import { answerLsRefs } from './ls-refs.ts'
import { createObjectReader } from './object-reader.ts'
import { pktLine } from './pkt-line.ts'
import { type CodeYard, git, openCodeYard } from './testing.ts'

let code: CodeYard
let folder: string
const objects = createObjectReader()

beforeAll(async () => {
  code = await openCodeYard()
  folder = await code.code.repoPath('GB', 'guestbook')
})
afterAll(async () => {
  objects.stop()
  await code.close()
})

/** Our answer and git's own to the same question. */
async function both(...args: string[]): Promise<[string, string]> {
  const lines = ['object-format=sha1'].map((line) => pktLine(line))
  const words = args.map((word) => pktLine(`${word}\n`))
  const delimiter = Buffer.from('0001')
  const head = [pktLine('command=ls-refs\n'), ...lines, delimiter, ...words]
  const request = Buffer.concat([...head, Buffer.from('0000')])
  const nothing = (async function* (): AsyncGenerator<Buffer> {})()
  const ours = await answerLsRefs(objects, folder, { start: request, body: nothing })
  const { stdout } = await gitWithCode(['upload-pack', '--stateless-rpc', folder], {
    folder,
    input: request,
    env: { GIT_PROTOCOL: 'version=2' },
  })
  return [ours.toString(), stdout.toString()]
}

const questions = [
  [],
  ['peel', 'symrefs', 'unborn'],
  ['peel', 'symrefs', 'ref-prefix refs/heads/', 'ref-prefix HEAD'],
  ['peel', 'ref-prefix refs/tags/'],
  ['ref-prefix refs/nothing/'],
]

it('answers as git does: empty, with loose references, packed, and both', async () => {
  const agree = async () => {
    for (const question of questions) {
      const [ours, gits] = await both(...question)
      expect(ours).toBe(gits)
    }
  }
  await agree()
  const work = join(code.folder(), 'work')
  await git(join(work, '..'), 'clone', '-q', code.url('ada'), 'work')
  await git(work, 'checkout', '-qB', 'main')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first')
  await git(work, 'tag', '-a', 'v1', '-m', 'one')
  await git(work, 'tag', 'light')
  await git(work, 'push', '-q', '--tags', 'origin', 'main', 'main:feature/한글', 'main:feature/a')
  await agree()
  await runGit(['pack-refs', '--all'], { folder })
  await agree()
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'second')
  await git(work, 'tag', '-f', '-a', 'v1', '-m', 'moved')
  await git(work, 'push', '-q', '-f', '--tags', 'origin', 'main', ':feature/a')
  await agree()
})
