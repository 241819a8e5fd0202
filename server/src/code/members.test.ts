import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  codeEndpoints,
  codeMemberEndpoints as api,
  codeSearchEndpoints,
  codeSharedEndpoints,
  identityEndpoints,
} from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, refusalOf } from '../testing/client.ts'
import { addPerson, PASSWORD } from '../testing/yard.ts'
import { hasSsh, keyFor, openSshYard, type SshYard } from './ssh/testing.ts'
import { git, tryGit } from './testing.ts'

let at: SshYard
/** No member of the project. */
let guest: Client
const params = { project: 'GB', repo: 'guestbook' }
const other = { project: 'GB', repo: 'secret' }

beforeAll(async () => {
  at = await openSshYard()
  const { ada } = at.yard
  await ada.call(codeEndpoints.repoCreate, { params, body: { name: 'secret' } })
  for (const repo of ['guestbook', 'secret']) {
    const files = [{ path: 'README.md', content: `${repo} findme\n` }]
    const body = { branch: 'main', message: 'first', files }
    await ada.call(codeEndpoints.commitCreate, { params: { project: 'GB', repo }, body })
  }
  guest = await addPerson(ada, { name: 'guest' })
})
afterAll(() => at.yard.close())

const give = (role: 'viewer' | 'developer' | 'maintainer', name = 'guest', by = at.yard.ada) =>
  by.call(api.repoMemberSet, { params: { ...params, name }, body: { role } })
const take = (name = 'guest') =>
  at.yard.ada.call(api.repoMemberRemove, { params: { ...params, name } })
const roleOf = async (client: Client, name = 'guestbook') =>
  (await client.call(codeEndpoints.repoGet, { params: { ...params, repo: name } })).role

interface Shown {
  account_id: string
  uuid: string
  full_name: string
  repository?: Shown
  values: Shown[]
}

async function bitbucket(name: string, path: string, method = 'GET', body?: object) {
  const authorization = `Basic ${btoa(`${name}:${PASSWORD}`)}`
  const headers = { authorization, 'content-type': 'application/json' }
  const given = { method, headers, ...(body && { body: JSON.stringify(body) }) }
  const response = await fetch(`${at.yard.yard.origin}/2.0${path}`, given)
  const text = await response.text()
  return { status: response.status, json: (text ? JSON.parse(text) : {}) as Shown }
}

const edges = ['/raw/GB/REPO/main/README.md', '/archive/GB/REPO/main.zip']
const statusOf = async (path: string, { headers }: Client) =>
  (await fetch(at.yard.yard.origin + path, { headers })).status

describe('a role in one repository', () => {
  it('opens it over git, HTTP, pages’ calls and raw files, and nothing else', async () => {
    await give('viewer')
    expect(await roleOf(guest)).toBe('viewer')
    for (const path of edges) {
      expect(await statusOf(path.replace('REPO', 'guestbook'), guest)).toBe(200)
      expect(await statusOf(path.replace('REPO', 'secret'), guest)).toBe(403)
    }
    for (const call of [
      guest.call(codeEndpoints.repoGet, { params: other }),
      guest.call(codeEndpoints.repoList, { params }),
      guest.call(identityEndpoints.projectGet, { params }),
      guest.call(api.repoMemberList, { params }),
    ]) {
      expect(await refusalOf(call)).toBe('403 forbidden')
    }
    const shared = await guest.call(codeSharedEndpoints.repoSharedList, {})
    expect(shared.items).toMatchObject([{ project: 'GB', name: 'guestbook', role: 'viewer' }])
    const seen = await tryGit(at.yard.folder(), ['ls-remote', at.yard.url('guest')])
    expect(seen).toMatchObject({ code: 0, stdout: expect.stringMatching(/refs\/heads\/main/) })
    const unseen = await tryGit(at.yard.folder(), ['ls-remote', at.yard.url('guest', 'secret')])
    expect(unseen.stderr).toMatch(/403|role/)
  })

  it('is found by search of code in that repository only', async () => {
    const query = { q: 'findme' }
    const found = async () => {
      const { items } = await guest.call(codeSearchEndpoints.codeSearch, { query })
      return items.map(({ repo }) => repo)
    }
    await expect.poll(found, { timeout: 90_000 }).toEqual(['guestbook'])
  })

  it('lets a developer push a branch, a maintainer the protected one too', async () => {
    await give('viewer')
    const folder = at.yard.folder()
    await git(folder, 'clone', '-q', at.yard.url('guest'), 'c')
    const work = join(folder, 'c')
    writeFileSync(join(work, 'b.txt'), 'b\n')
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', 'b')
    const push = (to: string) => tryGit(work, ['push', 'origin', `HEAD:${to}`])
    expect((await push('topic')).code).not.toBe(0)
    await give('developer')
    expect(await push('topic')).toMatchObject({ code: 0 })
    expect((await push('main')).stderr).toMatch(/protected/)
    await give('maintainer')
    expect(await push('main')).toMatchObject({ code: 0 })
    const body = { files: [{ path: 'c.txt', content: 'c' }], branch: 'main', message: 'c' }
    await guest.call(codeEndpoints.commitCreate, { params, body })
    await take()
    expect((await push('topic2')).code).not.toBe(0)
    expect(await refusalOf(roleOf(guest))).toBe('403 forbidden')
  })

  it.skipIf(!hasSsh)('counts over SSH', async () => {
    const key = await keyFor(guest, at.yard.folder())
    const look = (repo: string) =>
      tryGit(at.yard.folder(), ['ls-remote', `${at.url}/GB/${repo}.git`], key.env)
    expect((await look('guestbook')).code).toBe(128)
    await give('viewer')
    expect(await look('guestbook')).toMatchObject({ code: 0 })
    expect((await look('secret')).code).toBe(128)
    await take()
    expect((await look('guestbook')).code).toBe(128)
  })

  it('raises a member of the project and never lowers one', async () => {
    await give('maintainer', 'viewer')
    expect(await roleOf(at.yard.viewer)).toBe('maintainer')
    expect(await roleOf(at.yard.viewer, 'secret')).toBe('viewer')
    await give('viewer', 'dev')
    expect(await roleOf(at.yard.dev)).toBe('developer')
    await take('viewer')
    await take('dev')
    expect(await refusalOf(take('dev'))).toBe('404 repoMemberNotFound')
    expect(await refusalOf(give('viewer', 'nobody'))).toBe('404 repoMemberUnknown')
  })

  it('holds a token to its scopes and its project', async () => {
    await give('developer')
    const make = async (given: object) => {
      const body = { name: 'x', scopes: ['read' as const], ...given }
      return guest.withToken((await guest.call(identityEndpoints.tokenCreate, { body })).token)
    }
    const reading = await make({})
    expect(await roleOf(reading)).toBe('developer')
    const body = { files: [{ path: 'd.txt', content: 'd' }], branch: 'd', message: 'd' }
    const write = reading.call(codeEndpoints.commitCreate, { params, body })
    expect(await refusalOf(write)).toBe('403 forbidden')
    await take()
  })

  it('is given in the words of Bitbucket', async () => {
    const repo = '/repositories/madang/guestbook'
    const place = `${repo}/permissions-config/users`
    const { json: me } = await bitbucket('guest', '/user')
    const one = `${place}/${me.account_id}`
    expect((await bitbucket('guest', repo)).status).toBe(404)
    expect((await bitbucket('ada', one)).json).toMatchObject({ permission: 'none' })
    expect((await bitbucket('dev', one, 'PUT', { permission: 'read' })).status).toBe(403)
    expect((await bitbucket('ada', one, 'PUT', { permission: 'create-repo' })).status).toBe(400)
    expect(await bitbucket('ada', one, 'PUT', { permission: 'write' })).toMatchObject({
      status: 200,
      json: { type: 'repository_user_permission', permission: 'write', user: { uuid: me.uuid } },
    })
    expect((await bitbucket('ada', place)).json.values).toMatchObject([{ permission: 'write' }])
    expect((await bitbucket('guest', repo)).status).toBe(200)
    const slugs = async (path: string) =>
      (await bitbucket('guest', path)).json.values.map(
        (entry) => (entry.repository ?? entry).full_name,
      )
    expect(await slugs('/repositories/madang')).toEqual(['madang/guestbook'])
    expect(await slugs('/user/permissions/repositories')).toEqual(['madang/guestbook'])
    expect(await bitbucket('ada', one, 'DELETE')).toMatchObject({ status: 204 })
    expect((await bitbucket('ada', one, 'DELETE')).status).toBe(404)
    expect((await bitbucket('guest', repo)).status).toBe(404)
  })

  it('goes with the repository', async () => {
    const made = { project: 'GB', repo: 'short' }
    await at.yard.ada.call(codeEndpoints.repoCreate, { params, body: { name: 'short' } })
    const body = { role: 'viewer' as const }
    await at.yard.ada.call(api.repoMemberSet, { params: { ...made, name: 'guest' }, body })
    await at.yard.ada.call(codeEndpoints.repoDelete, { params: made })
    expect((await guest.call(codeSharedEndpoints.repoSharedList, {})).items).toEqual([])
  })
})
