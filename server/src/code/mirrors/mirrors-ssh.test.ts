import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeKeyEndpoints, codeMirrorEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasSsh, openSshYard, type SshYard } from '../ssh/testing.ts'
import { git } from '../testing.ts'

const from = { project: 'GB', repo: 'guestbook' }
const to = { project: 'GB', repo: 'copy' }
let at: SshYard
beforeAll(async () => {
  at = await openSshYard({ config: { outgoingAllow: ['127.0.0.1'] } })
})
afterAll(() => at.yard.close())

// Our own server is the other host: OpenSSH's client on one end, a real server on the other.
describe.skipIf(!hasSsh)('a mirror over SSH', () => {
  it('is let in by its key, believes the host once, and follows it', async () => {
    const { ada } = at.yard
    const work = at.yard.folder()
    const commit = async (name: string) => {
      writeFileSync(join(work, name), name)
      await git(work, 'add', '.')
      await git(work, 'commit', '-qm', name)
      await git(work, 'push', '-q', at.yard.url('ada'), 'main')
      return git(work, 'rev-parse', 'HEAD')
    }
    await git(work, 'init', '-q', '-b', 'main')
    const first = await commit('a.txt')
    const project = { project: 'GB' }
    await ada.call(codeEndpoints.repoCreate, { params: project, body: { name: 'copy' } })
    const body = {
      direction: 'pull' as const,
      url: `${at.url}/GB/guestbook.git`,
      auth: 'sshKey' as const,
      everyMinutes: 0,
    }
    const { id, publicKey } = await ada.call(api.mirrorCreate, { params: to, body })
    const mirror = async () => {
      const { items } = await ada.call(api.mirrorList, { params: to })
      return items.find((each) => each.id === id)!
    }
    const until = (state: string) =>
      vi.waitFor(async () => expect((await mirror()).state).toBe(state), 90_000)
    await until('failed')
    expect((await mirror()).error?.code).toBe('remoteDenied')
    const key = { label: 'mirror', key: publicKey! }
    await ada.call(codeKeyEndpoints.deployKeyCreate, { params: from, body: key })
    const run = () => ada.call(api.mirrorRun, { params: { ...to, mirror: id } })
    await run()
    await until('ok')
    const { hostKeys } = await mirror()
    expect(hostKeys).toEqual([expect.stringMatching(/^SHA256:/)])
    const head = async () => {
      const { items } = await ada.call(codeEndpoints.branchList, { params: to })
      return items.map(({ name, commit: { sha } }) => [name, sha])
    }
    expect(await head()).toEqual([['main', first]])
    const second = await commit('b.txt')
    await run()
    await vi.waitFor(async () => expect(await head()).toEqual([['main', second]]), 90_000)
  })
})
