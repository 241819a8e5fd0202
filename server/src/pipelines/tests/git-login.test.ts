// Checkouts that log in at a git server which knows nothing of the run. This server under another
// name is one: the run's own token goes to the name that it was issued for, and to no other.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  codeEndpoints,
  codeKeyEndpoints,
  type CredentialInput,
  pipelinesEndpoints,
} from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '../../kernel/index.ts'
import { type Server, startServer, until } from '../remote-api/tests/server.ts'
import { discard, temporary } from './bed.ts'

const project = 'GB'
const hasSsh = spawnSync('ssh', ['-V']).error === undefined

let server: Server
let foreign: string
const folder = temporary()

const exec = promisify(execFile)
const git = (...args: string[]) =>
  exec('git', ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@x', ...args])

const put = (body: CredentialInput) =>
  server.ada.call(pipelinesEndpoints.credentialPut, { params: { project }, body })

beforeAll(async () => {
  server = await startServer()
  foreign = server.yard.origin.replace('127.0.0.1', 'localhost')
  for (const name of ['lib', 'outer']) {
    await server.ada.call(codeEndpoints.repoCreate, { params: { project }, body: { name } })
  }
  const { sha } = await commit('lib', 'main', { 'lib.txt': 'from the library\n' })
  await git('init', '-q', '-b', 'main')
  writeFileSync(
    join(folder, '.gitmodules'),
    '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n',
  )
  await git('add', '.')
  await git('update-index', '--add', '--cacheinfo', `160000,${sha},lib`)
  await git('commit', '-q', '-m', 'with a library')
  const { host } = new URL(foreign)
  await git('push', '-q', `http://ada:${server.token}@${host}/git/${project}/outer.git`, 'main')
  await put({ kind: 'usernamePassword', id: 'pw', username: 'ada', password: server.token })
  await put({ kind: 'usernamePassword', id: 'wrong', username: 'ada', password: 'no' })
})
afterAll(async () => {
  await server?.close()
  discard(folder)
})

function commit(repo: string, branch: string, files: Record<string, string>) {
  return server.yard.parts.code.commitCreate(systemActor, {
    project,
    repo,
    branch,
    message: 'change',
    files: Object.entries(files).map(([path, content]) => ({ path, content })),
  })
}

/** The log and the result of a run of this script. */
async function outcome(script: string) {
  const { sha } = await commit('guestbook', 'main', { Jenkinsfile: `node {\n${script}\n}` })
  const run = await until('the end of the run', async () => {
    const query = { commit: sha }
    const { items } = await server.ada.call(pipelinesEndpoints.runList, {
      params: { project },
      query,
    })
    return items[0]?.state === 'finished' && items[0]
  })
  const asked = { params: { project, run: run.id }, query: { limitBytes: 1_000_000 } }
  const { text } = await server.ada.call(pipelinesEndpoints.runLog, asked)
  return { result: run.result, log: text }
}

describe('git steps at a server that is not the run’s own', () => {
  it('log in with a name and a password, and say what they are told without', async () => {
    const url = `${foreign}/git/${project}/lib.git`
    const { result, log } = await outcome(
      `git url: '${url}', branch: 'main', credentialsId: 'pw'\nsh 'cat lib.txt'`,
    )
    expect([result, log]).toEqual(['SUCCESS', expect.stringContaining('from the library')])
    expect(log).toContain('using credential pw\n')
    expect(log).toMatch(/^using GIT_ASKPASS to set credentials/m)
    expect(log).not.toContain(server.token)

    const wrong = await outcome(`git url: '${url}', branch: 'main', credentialsId: 'wrong'`)
    expect(wrong.result).toBe('FAILURE')
    expect(wrong.log).toContain('Authentication failed for')
    const none = await outcome(`git url: '${url}', branch: 'main'`)
    expect(none.result).toBe('FAILURE')
    expect(none.log).toContain('could not read Username')
  })

  it('give their login to git of a shell, for as long as the block lasts', async () => {
    const url = `${foreign}/git/${project}/lib.git`
    const { result, log } = await outcome(`git url: '${url}', branch: 'main', credentialsId: 'pw'
      withCredentials([gitUsernamePassword(credentialsId: 'pw', gitToolName: 'Default')]) {
        sh 'git tag from-run && git push -q origin from-run && echo "pushed by $GIT_USERNAME"'
      }
      sh 'GIT_TERMINAL_PROMPT=0 git ls-remote origin || echo asks again'`)
    expect([result, log]).toEqual(['SUCCESS', expect.stringContaining('pushed by ada')])
    expect(log).toContain('Masking supported pattern matches of $GIT_PASSWORD')
    expect(log).toContain('asks again')
    expect(log).not.toContain(server.token)
    const tags = await server.yard.parts.code.refList(project, 'lib')
    expect(tags.tags.map(({ name }) => name)).toContain('from-run')
  })

  it.skipIf(!hasSsh)('log in with an SSH key that has a passphrase', async () => {
    const file = join(folder, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', file])
    const body = { key: readFileSync(`${file}.pub`, 'utf8') }
    await server.ada.call(codeKeyEndpoints.sshKeyCreate, { body })
    const [privateKey, passphrase] = [readFileSync(file, 'utf8'), 'open sesame']
    await put({ kind: 'sshKey', id: 'key', username: 'git', privateKey, passphrase })
    const url = await server.yard.parts.code.sshListen(server.yard.origin)
    const { result, log } = await outcome(
      `git url: '${url}/${project}/lib.git', branch: 'main', credentialsId: 'key'
      sh 'cat lib.txt'`,
    )
    expect([result, log]).toEqual(['SUCCESS', expect.stringContaining('from the library')])
    expect(log).toMatch(/^using GIT_SSH to set credentials/m)
  })

  it('give submodules their credentials only where the file says so', async () => {
    const checkout = (parentCredentials: boolean) =>
      outcome(`checkout scmGit(branches: [[name: 'main']],
        extensions: [submodule(recursiveSubmodules: true, parentCredentials: ${parentCredentials})],
        userRemoteConfigs: [[url: '${foreign}/git/${project}/outer.git', credentialsId: 'pw']])
      sh 'cat lib/lib.txt'`)
    const kept = await checkout(false)
    expect([kept.result, kept.log]).toEqual([
      'FAILURE',
      expect.stringContaining('could not read Username'),
    ])
    const given = await checkout(true)
    expect([given.result, given.log]).toEqual([
      'SUCCESS',
      expect.stringContaining('from the library'),
    ])
  })
})
