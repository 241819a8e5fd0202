// What goes elsewhere or is called otherwise, with all that hangs on it: over the whole house.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  codeEndpoints,
  codeMemberEndpoints,
  identityEndpoints,
  pipelinesEndpoints,
  registryEndpoints,
  threadEndpoints,
} from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gitUrl, tryGit } from '../code/testing.ts'
import { configFor } from '../kernel/index.ts'
import { type Madang, startMadang } from '../madang.ts'
import { type Client, Client as ClientOf, refusalOf } from './client.ts'
import { testDatabases } from './databases.ts'
import { until } from './until.ts'
import { addPerson, asBrowser, PASSWORD } from './yard.ts'

const JENKINSFILE = `pipeline {
  agent any
  stages {
    stage('Build') {
      steps {
        sh 'echo built > out.txt'
        archiveArtifacts 'out.txt'
        script { if (env.BRANCH_NAME == 'slow') input 'Go on?' }
      }
    }
  }
}
`

describe.each(testDatabases())('over $name', (database) => {
  const home = mkdtempSync(join(tmpdir(), 'madang-move-'))
  const folder = join(home, 'clone')
  let madang: Madang
  let ada: Client
  /** A developer of GB, one of BOOK, and somebody with a role in the repository alone. */
  const people = {} as Record<'gb' | 'book' | 'guest', Client>
  let sha = ''
  const from = { project: 'GB', repo: 'guestbook' }
  const to = { project: 'BOOK', repo: 'guestbook' }

  const bitbucket = (who: string, method: string, path: string, body?: object) =>
    fetch(`${madang.origin}/2.0/repositories/${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Basic ${btoa(`${who}:${PASSWORD}`)}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  const git = async (...args: string[]) => {
    const { code, stdout, stderr } = await tryGit(folder, args)
    expect(stderr, args.join(' ')).not.toContain('fatal')
    expect(code, stderr).toBe(0)
    return stdout.trim()
  }
  const runsOf = async (project: string) =>
    (await ada.call(pipelinesEndpoints.runList, { params: { project }, query: {} })).items
  const ended = (project: string, branch: string) =>
    until(`the run of ${branch}`, async () =>
      (await runsOf(project)).find((run) => run.branch === branch && run.state === 'finished'),
    )

  /** Nothing is to be started any more, and nothing runs. */
  const quiet = async (project: string) => {
    await madang.kernel.events.settled()
    await until('all runs to end', async () =>
      (await runsOf(project)).every((run) => run.state === 'finished'),
    )
  }

  beforeAll(async () => {
    const config = { ...(await database.config()), home: join(home, 'data'), sample: false }
    madang = await startMadang(configFor(config))
    const nobody = new ClientOf(madang.origin)
    const code = new URL((await madang.welcomeLink())!).searchParams.get('code')!
    const body = { code, name: 'ada', displayName: 'Ada', password: PASSWORD }
    const asked = { body: { ...body, language: 'en' as const } }
    ada = await asBrowser(await nobody.send(identityEndpoints.setup, asked), madang.origin)
    for (const key of ['GB', 'BOOK']) {
      await ada.call(identityEndpoints.projectCreate, { body: { key, name: key } })
      const given = { name: key.toLowerCase(), project: key, role: 'developer' as const }
      people[key.toLowerCase() as 'gb' | 'book'] = await addPerson(ada, given)
    }
    people.guest = await addPerson(ada, { name: 'guest' })
    const params = { project: 'GB' }
    await ada.call(codeEndpoints.repoCreate, { params, body: { name: 'guestbook' } })
    const asGuest = { params: { ...from, name: 'guest' }, body: { role: 'viewer' as const } }
    await ada.call(codeMemberEndpoints.repoMemberSet, asGuest)
    await tryGit(home, ['init', '-q', '-b', 'main', folder])
    writeFileSync(join(folder, 'Jenkinsfile'), JENKINSFILE)
    await git('add', '.')
    await git('commit', '-qm', 'A book')
    await git('remote', 'add', 'origin', gitUrl(madang.origin, 'ada', 'GB/guestbook.git'))
    await git('push', '-q', 'origin', 'main', 'main:later')
    sha = await git('rev-parse', 'HEAD')
    await ended('GB', 'main')
    await ended('GB', 'later')
  })
  afterAll(async () => {
    await madang.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it('is moved by a maintainer of both projects, and while nothing runs', async () => {
    const move = (client: Client, project: string) =>
      refusalOf(client.call(codeEndpoints.repoMove, { params: from, body: { project } }))
    expect(await move(people.gb, 'BOOK')).toBe('403 forbidden')
    expect(await move(ada, 'NOWHERE')).toBe('400 repoMoveTarget')
    const asLead = { params: { project: 'GB', name: 'gb' }, body: { role: 'maintainer' as const } }
    await ada.call(identityEndpoints.memberSet, asLead)
    expect(await move(people.gb, 'BOOK')).toBe('400 repoMoveTarget')
    const slow = await git('push', '-q', 'origin', 'main:slow')
    expect(slow).toBe('')
    const waiting = await until('the run that waits', async () =>
      (await runsOf('GB')).find((run) => run.branch === 'slow' && run.state === 'paused'),
    )
    expect(await move(ada, 'BOOK')).toBe('409 repoBuilding')
    const params = { project: 'GB', run: waiting.id }
    await ada.call(pipelinesEndpoints.runAbort, { params })
    await ended('GB', 'slow')
    const other = { params: { project: 'BOOK' }, body: { name: 'guestbook' } }
    await ada.call(codeEndpoints.repoCreate, other)
    expect(await move(ada, 'BOOK')).toBe('409 repoExists')
    await ada.call(codeEndpoints.repoDelete, { params: to })
    expect(await ada.call(codeEndpoints.repoGet, { params: from })).toMatchObject({
      project: 'GB',
    })
  })

  it('goes with its pull requests, hooks, keys, variables, runs and what they archived', async () => {
    const place = 'madang/guestbook'
    const variable = { key: 'COLOUR', value: 'teal' }
    await bitbucket('ada', 'POST', `${place}/pipelines_config/variables`, variable)
    const hook = { url: 'http://127.0.0.1:9/', events: ['repo:push'], active: false }
    await bitbucket('ada', 'POST', `${place}/hooks`, hook)
    const ssh = 'pipelines_config/ssh'
    const host = { hostname: 'git.example.org' }
    await bitbucket('ada', 'POST', `${place}/${ssh}/known_hosts`, host)
    const pull = { title: 'Later', source: { branch: { name: 'later' } } }
    await writeLater()
    expect((await bitbucket('gb', 'POST', `${place}/pullrequests`, pull)).status).toBe(201)
    await quiet('GB')

    const moved = await bitbucket('ada', 'PUT', place, { project: { key: 'BOOK' } })
    expect([moved.status, await moved.json()]).toMatchObject([
      200,
      { full_name: place, project: { key: 'BOOK' } },
    ])
    const listed = async (path: string) =>
      ((await (await bitbucket('ada', 'GET', `${place}/${path}`)).json()) as { values: object[] })
        .values
    expect(await listed('pipelines_config/variables')).toMatchObject([variable])
    expect(await listed('hooks')).toMatchObject([{ url: hook.url }])
    expect(await listed('pullrequests')).toMatchObject([{ title: 'Later' }])
    expect((await listed('pipelines/')).length).toBeGreaterThan(2)
    expect(await runsOf('GB')).toEqual([])
    const [run] = (await runsOf('BOOK')).filter(({ branch }) => branch === 'main')
    const query = { runId: run!.id }
    const { items } = await ada.call(registryEndpoints.artifactList, {
      params: { project: 'BOOK' },
      query,
    })
    expect(items).toMatchObject([{ path: 'out.txt', repo: 'guestbook' }])
    const [status] = await listed(`commit/${sha}/statuses`)
    expect(status).toMatchObject({ url: expect.stringContaining('/p/BOOK/pipelines/') })
  })

  /** A commit that only `later` has. */
  async function writeLater(): Promise<void> {
    await git('checkout', '-q', '-b', 'later')
    writeFileSync(join(folder, 'more.txt'), 'more\n')
    await git('add', '.')
    await git('commit', '-qm', 'More')
    await git('push', '-q', 'origin', 'later')
    const tip = await git('rev-parse', 'HEAD')
    await until('the run of the newest commit', async () =>
      (await runsOf('GB')).find((run) => run.commit === tip && run.state === 'finished'),
    )
  }

  it('is led to by its old addresses, for those who may see it where it is', async () => {
    expect(await people.book.call(codeEndpoints.repoGet, { params: from })).toMatchObject({
      project: 'BOOK',
      role: 'developer',
    })
    expect(await people.guest.call(codeEndpoints.repoGet, { params: from })).toMatchObject({
      project: 'BOOK',
      role: 'viewer',
    })
    const read = people.gb.call(codeEndpoints.repoGet, { params: from })
    expect(await refusalOf(read)).toBe('403 forbidden')
    const listed = { params: { project: 'GB' } }
    expect((await people.gb.call(codeEndpoints.repoList, listed)).items).toEqual([])
    expect((await bitbucket('gb', 'GET', 'madang/guestbook')).status).toBe(404)
    expect((await bitbucket('book', 'GET', 'GB/guestbook')).status).toBe(200)
    await git('push', '-q', 'origin', 'later:by-the-old-address')
    await git('remote', 'set-url', 'origin', gitUrl(madang.origin, 'gb', 'GB/guestbook.git'))
    expect((await tryGit(folder, ['fetch', 'origin'])).stderr).toMatch(/403|not found/)
    await git('remote', 'set-url', 'origin', gitUrl(madang.origin, 'book', 'BOOK/guestbook.git'))
    await git('push', '-q', 'origin', 'later:by-the-new')
    for (const branch of ['by-the-old-address', 'by-the-new']) await ended('BOOK', branch)
    const raw = await fetch(`${madang.origin}/raw/GB/guestbook/main/Jenkinsfile`, {
      headers: { authorization: `Basic ${btoa(`book:${PASSWORD}`)}` },
    })
    expect([raw.status, await raw.text()]).toEqual([200, JENKINSFILE])
    const started = people.gb.call(pipelinesEndpoints.runStart, {
      params: { project: 'GB' },
      body: { repo: 'guestbook', branch: 'main' },
    })
    expect(await refusalOf(started)).toMatch(/^404 /)
  })

  it('is one thing in the thread, in its new project, also when that is made anew', async () => {
    const query = { kind: 'commit', id: `BOOK/guestbook@${sha}` }
    const seen = async () => {
      const { nodes } = await people.book.call(threadEndpoints.threadGet, { query })
      return nodes.map((node) => [node.kind, node.side, node.url]).sort()
    }
    await madang.kernel.events.settled()
    const before = await seen()
    expect(before).toContainEqual(['commit', 'root', `/p/BOOK/code/guestbook/commit/${sha}`])
    for (const kind of ['run', 'artifact']) {
      const of = before.filter((node) => node[0] === kind)
      expect(of.length, kind).toBeGreaterThan(0)
      for (const node of of) expect(node[2]).toMatch(/^\/p\/BOOK\//)
    }
    const old = { kind: 'commit', id: `GB/guestbook@${sha}` }
    const asked = ada.call(threadEndpoints.threadGet, { query: old })
    expect(await refusalOf(asked)).toBe('404 threadNotFound')
    await madang.thread.rebuild()
    expect(await seen()).toEqual(before)
    const found = { query: { q: `#${sha}`.slice(1) } }
    const { items } = await people.book.call(threadEndpoints.search, found)
    expect(items).toContainEqual(expect.objectContaining({ id: query.id }))
  })

  it('keeps its names where it was, and comes back by them', async () => {
    const made = { params: { project: 'GB' }, body: { name: 'guestbook' } }
    expect(await refusalOf(ada.call(codeEndpoints.repoCreate, made))).toBe('409 repoExists')
    await quiet('BOOK')
    const back = { params: to, body: { project: 'GB' } }
    expect(await ada.call(codeEndpoints.repoMove, back)).toMatchObject({ project: 'GB' })
    expect(await ada.call(codeEndpoints.repoGet, { params: to })).toMatchObject({ project: 'GB' })
    expect((await runsOf('GB')).length).toBeGreaterThan(2)
  })

  it('an environment with another name has its UUID and its variables still', async () => {
    const place = 'madang/guestbook'
    const json = async (answer: Promise<Response>) =>
      (await (await answer).json()) as Record<string, string>
    const kind = { environment_type: { name: 'Staging' } }
    const { uuid } = await json(
      bitbucket('ada', 'POST', `${place}/environments`, { name: 'qa', ...kind }),
    )
    const variables = `${place}/deployments_config/environments/${uuid}/variables`
    await bitbucket('ada', 'POST', variables, { key: 'SHADE', value: 'teal' })
    const changes = `${place}/environments/${uuid}/changes`
    const change = { change: { name: 'Quality' } }
    expect((await bitbucket('gb', 'POST', changes, change)).status).toBe(202)
    expect(await json(bitbucket('gb', 'GET', `${place}/environments/${uuid}`))).toMatchObject({
      uuid,
      name: 'Quality',
      environment_type: { name: 'Staging' },
    })
    expect(await json(bitbucket('ada', 'GET', variables))).toMatchObject({
      values: [{ key: 'SHADE', value: 'teal' }],
    })
    // A Jenkinsfile means it by either name.
    const stage = (name: string) => `stage('${name}') {
      environment { BITBUCKET_DEPLOYMENT_ENVIRONMENT = '${name}' }
      steps { sh 'echo ${name}=$SHADE >> shades.txt' }
    }`
    const jenkinsfile = `pipeline { agent any
      stages {
        ${stage('qa')}
        ${stage('Quality')}
        stage('Keep') { steps { archiveArtifacts 'shades.txt' } } } }`
    writeFileSync(join(folder, 'Jenkinsfile'), jenkinsfile)
    await git('commit', '-qam', 'Shades')
    await git('push', '-q', gitUrl(madang.origin, 'gb', 'GB/guestbook.git'), 'HEAD:shades')
    const run = await ended('GB', 'shades')
    const asked = { params: { project: 'GB' }, query: { runId: run.id } }
    const { items } = await ada.call(registryEndpoints.artifactList, asked)
    const kept = await fetch(`${madang.origin}${items[0]!.downloadUrl}`, {
      headers: { authorization: `Basic ${btoa(`gb:${PASSWORD}`)}` },
    })
    expect(await kept.text()).toBe('qa=teal\nQuality=teal\n')
  })
})
