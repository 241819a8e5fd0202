import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityEndpoints } from '@madang/api'
import { configFor } from '../../server/src/kernel/index.ts'
import { type Madang, startMadang } from '../../server/src/madang.ts'
import { Client } from '../../server/src/testing/client.ts'
import { asBrowser } from '../../server/src/testing/yard.ts'

const home = mkdtempSync(join(tmpdir(), 'madang-cli-'))
const bin = join(import.meta.dirname, '../bin/madang.mjs')
let madang: Madang
let token = ''

beforeAll(async () => {
  madang = await startMadang(configFor({ home: join(home, 'data'), cloudMode: 'strict' }))
  const nobody = new Client(madang.origin)
  const code = new URL((await madang.welcomeLink())!).searchParams.get('code')!
  const answer = await nobody.send(identityEndpoints.setup, {
    body: { code, name: 'ada', displayName: 'Ada', password: 'correct horse', language: 'en' },
  })
  const ada = await asBrowser(answer, madang.origin)
  const made = await ada.call(identityEndpoints.tokenCreate, {
    body: { name: 'cli', scopes: ['read', 'write', 'administer'] },
  })
  token = made.token
})

afterAll(async () => {
  await madang.stop()
  rmSync(home, { recursive: true, force: true })
})

interface Answer {
  code: number
  out: string
  err: string
}

/** Runs the real command, as a person would. */
function cli(args: string[], env: Record<string, string> = {}): Promise<Answer> {
  const own = { XDG_CONFIG_HOME: home, LANG: 'en_US.UTF-8', LC_ALL: '', ...env }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', bin, ...args], {
    env: { PATH: process.env['PATH'], ...own },
  })
  const answer: Answer = { code: -1, out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (answer.out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (answer.err += text.toString()))
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ ...answer, code: code ?? -1 })),
  )
}

test('who is not signed in is told how, in the language of the terminal', async () => {
  const english = await cli(['project', 'list'])
  expect(english).toMatchObject({ code: 1, out: '' })
  expect(english.err).toContain('madang sign-in --token')
  const korean = await cli(['project', 'list'], { LANG: 'ko_KR.UTF-8' })
  expect(korean.err).toContain('먼저 로그인하세요')
})

test('signs in, keeps the token for the owner alone, and goes through the nouns', async () => {
  const signedIn = await cli(['sign-in', '--url', madang.origin, '--token', token])
  expect(signedIn).toMatchObject({ code: 0, err: '' })
  expect(statSync(join(home, 'madang/cli.json')).mode & 0o777).toBe(0o600)

  expect((await cli(['project', 'create', 'YARD', '마당'])).out).toContain('YARD')
  expect((await cli(['issue', 'create', 'YARD', '첫 이슈', '--type', 'bug'])).out).toContain(
    'YARD-1',
  )
  expect((await cli(['issue', 'move', 'YARD-1', 'inProgress'])).code).toBe(0)
  expect((await cli(['issue', 'comment', 'YARD-1', '봤습니다'])).code).toBe(0)
  const list = await cli(['issue', 'list', 'YARD', '--status', 'inProgress'])
  expect(list.out).toMatch(/YARD-1\s+inProgress\s+bug\s+첫 이슈/)
  expect((await cli(['repo', 'create', 'YARD/app'])).out).toContain(
    `${madang.origin}/git/YARD/app.git`,
  )
  const member = await cli(['repo', 'member', 'set', 'YARD/app', 'ada', 'viewer'])
  expect(member.out).toContain('ada is now viewer')
  const members = await cli(['repo', 'member', 'list', 'YARD/app'])
  expect(members.out).toMatch(/ada\s+Ada\s+viewer/)
  expect((await cli(['repo', 'member', 'set', 'YARD/app', 'ada', 'owner'])).code).toBe(1)
  const removed = ['repo', 'member', 'remove', 'YARD/app', 'ada']
  expect((await cli(removed)).out).toContain('Removed ada')
  expect((await cli(removed)).err).toContain('ada was given no role in this repository.')
  await cli(['project', 'create', 'SHED', '헛간'])
  const moved = await cli(['repo', 'move', 'YARD/app', 'SHED'])
  expect(moved.out).toContain('YARD/app is now SHED/app')
  expect((await cli(['search', '첫'])).out).toContain('첫 이슈')
})

test('prints what the server answered, for scripts', async () => {
  const { out } = await cli(['--json', 'issue', 'list', 'YARD'])
  expect(JSON.parse(out)).toMatchObject([{ key: 'YARD-1', title: '첫 이슈', status: 'inProgress' }])
})

test('puts an artifact and gets the same bytes back', async () => {
  const file = join(home, 'note.txt')
  writeFileSync(file, '안녕')
  const put = await cli(['--json', 'artifact', 'put', 'YARD', 'notes', '1.0', file])
  const { id } = JSON.parse(put.out) as { id: string }
  const copy = join(home, 'copy.txt')
  await cli(['artifact', 'get', 'YARD', id, '--output', copy])
  expect(readFileSync(copy, 'utf8')).toBe('안녕')
})

test('gives lines for a shell, so that AWS clients find the cloud', async () => {
  const { out } = await cli(['cloud', 'env'])
  expect(out).toContain(`export AWS_ENDPOINT_URL='${madang.cloudUrl}'`)
})

test('gives keys of the person’s own, which sign as that person in the project', async () => {
  const { out } = await cli(['cloud', 'env', '--project', 'YARD'])
  const value = (name: string) => new RegExp(`export ${name}='([^']+)'`).exec(out)![1]!
  const sts = new STSClient({
    endpoint: value('AWS_ENDPOINT_URL'),
    region: value('AWS_REGION'),
    credentials: {
      accessKeyId: value('AWS_ACCESS_KEY_ID'),
      secretAccessKey: value('AWS_SECRET_ACCESS_KEY'),
      sessionToken: value('AWS_SESSION_TOKEN'),
    },
  })
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  expect(Arn).toBe('arn:aws:sts::000000000000:assumed-role/madang-person-YARD/Ada')
})

test('a refusal is one line in the server’s words, and the exit code says so', async () => {
  const missing = await cli(['issue', 'show', 'YARD-99'])
  expect(missing).toEqual({ code: 1, out: '', err: 'There is no issue YARD-99.\n' })
  const nobody = await cli(['project', 'list'], {
    MADANG_URL: 'http://127.0.0.1:1',
    MADANG_TOKEN: 'x',
  })
  expect(nobody.code).toBe(1)
  expect(nobody.err).toContain('Is Madang running?')
})
