import { identityEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, refusalOf } from '../testing/client.ts'
import { testDatabases } from '../testing/databases.ts'
import { addPerson, asBrowser, openYard, PASSWORD, type Yard } from '../testing/yard.ts'

describe.each(testDatabases())('identity over $name', ({ config }) => {
  describe('the first administrator', () => {
    let yard: Yard
    beforeAll(async () => void (yard = await openYard({ config: await config() })))
    afterAll(() => yard.close())

    test('signs up by a link that works once and survives a restart', async () => {
      const link = await yard.identity.welcomeLink(yard.origin)
      await yard.stop()
      yard = await openYard({
        home: yard.home,
        config: { databaseUrl: yard.kernel.config.databaseUrl },
      })
      expect(await yard.nobody.call(api.setupGet, {})).toEqual({ isNeeded: true })
      const again = await yard.identity.welcomeLink(yard.origin)
      const codeOf = (text: string) => new URL(text).searchParams.get('code')!
      expect(codeOf(again!)).toBe(codeOf(link!))

      const body = {
        code: codeOf(link!),
        name: 'ada',
        displayName: '에이다',
        password: PASSWORD,
        language: 'ko' as const,
      }
      expect(await yard.nobody.call(api.codeCheck, { body })).toMatchObject({ kind: 'setup' })
      const weak = { ...body, password: 'short' }
      expect(await refusalOf(yard.nobody.call(api.setup, { body: weak }))).toBe('400 badRequest')
      const both = await Promise.all([
        yard.nobody.send(api.setup, { body }),
        yard.nobody.send(api.setup, { body: { ...body, name: 'eve' } }),
      ])
      expect(both.map((response) => response.status).sort()).toEqual([200, 410])

      expect(await yard.identity.welcomeLink(yard.origin)).toBeUndefined()
      expect(await yard.nobody.call(api.setupGet, {})).toEqual({ isNeeded: false })
      expect(await refusalOf(yard.nobody.call(api.setup, { body }))).toBe('410 codeNotValid')
    })
  })

  describe('signing in', () => {
    let yard: Yard
    let ada: Client
    beforeAll(async () => {
      yard = await openYard({ config: await config() })
      ada = await yard.setUp()
    })
    afterAll(() => yard.close())

    test('gives a cookie that scripts cannot read and other sites do not send', async () => {
      const body = { name: 'Ada', password: PASSWORD }
      const response = await yard.nobody.send(api.signIn, { body })
      expect(response.headers.get('set-cookie')).toMatch(/^madang_session=.+HttpOnly; SameSite=Lax/)
      const browser = await asBrowser(response, yard.origin)
      expect(await browser.call(api.me, {})).toMatchObject({
        name: 'Ada',
        isAdministrator: true,
        csrf: browser.headers['x-madang-csrf'],
      })
      await browser.call(api.signOut, {})
      expect(await refusalOf(browser.call(api.me, {}))).toBe('401 notSignedIn')
    })

    test('a change from a page of another site is refused', async () => {
      const forged = ada.headers['cookie']!
      const response = await fetch(`${yard.origin}/api/projects`, {
        method: 'POST',
        headers: { cookie: forged, 'content-type': 'application/json' },
        body: JSON.stringify({ key: 'XX', name: 'x' }),
      })
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: { code: 'csrf' } })
    })

    test('wrong passwords and unknown names sound the same, and are limited', async () => {
      const wrong = (name: string) =>
        yard.nobody.call(api.signIn, { body: { name, password: 'wrong one' } })
      expect(await refusalOf(wrong('nobody'))).toBe('401 badCredentials')
      const many = await Promise.all(Array.from({ length: 14 }, () => refusalOf(wrong('brute'))))
      expect(many.filter((code) => code === '401 badCredentials')).toHaveLength(10)
      expect(many.filter((code) => code === '429 tooMany')).toHaveLength(4)
      const last = await yard.nobody.send(api.signIn, { body: { name: 'brute', password: 'x' } })
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(800)
      yard.kernel.clock.advance(16 * 60_000)
      expect(await refusalOf(wrong('brute'))).toBe('401 badCredentials')
    })

    test('sessions are listed, revoked, and expire', async () => {
      const body = { name: 'ada', password: PASSWORD }
      const other = await asBrowser(await yard.nobody.send(api.signIn, { body }), yard.origin)
      const { items } = await ada.call(api.sessionList, {})
      const mine = items.find((entry) => entry.isCurrent)!
      expect(items.length).toBeGreaterThan(1)
      const { items: theirs } = await other.call(api.sessionList, {})
      const id = theirs.find((entry) => entry.isCurrent)!.id
      expect(id).not.toBe(mine.id)
      await ada.call(api.sessionRevoke, { params: { id } })
      expect(await refusalOf(other.call(api.me, {}))).toBe('401 notSignedIn')
      expect(await refusalOf(ada.call(api.sessionRevoke, { params: { id } }))).toBe(
        '404 sessionNotFound',
      )
    })

    test('a new password ends the other sessions', async () => {
      const body = { name: 'ada', password: PASSWORD }
      const other = await asBrowser(await yard.nobody.send(api.signIn, { body }), yard.origin)
      const wrong = { current: 'not this one', next: 'something long' }
      expect(await refusalOf(ada.call(api.passwordChange, { body: wrong }))).toBe(
        '403 passwordWrong',
      )
      await ada.call(api.passwordChange, { body: { current: PASSWORD, next: 'another password' } })
      expect(await refusalOf(other.call(api.me, {}))).toBe('401 notSignedIn')
      expect((await ada.call(api.me, {})).name).toBe('Ada')
      expect(await refusalOf(yard.nobody.call(api.signIn, { body }))).toBe('401 badCredentials')
      const back = { current: 'another password', next: PASSWORD }
      await ada.call(api.passwordChange, { body: back })
    })

    test('a session ends by itself', async () => {
      yard.kernel.clock.advance(31 * 86_400_000)
      expect(await refusalOf(ada.call(api.me, {}))).toBe('401 notSignedIn')
    })
  })

  describe('tokens', () => {
    let yard: Yard
    let ada: Client
    const basic = (name: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    })
    const meWith = (headers: Record<string, string>) =>
      fetch(`${yard.origin}/api/me`, { headers }).then((response) => response.status)

    beforeAll(async () => {
      yard = await openYard({ config: await config() })
      ada = await yard.setUp()
      await ada.call(api.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
      await ada.call(api.projectCreate, { body: { key: 'OT', name: 'Other' } })
    })
    afterAll(() => yard.close())

    test('are shown once, work as bearer and as basic password, and can be revoked', async () => {
      const body = { name: 'laptop', scopes: ['read' as const] }
      const { token, entry } = await ada.call(api.tokenCreate, { body })
      expect(token).toMatch(/^mdg_[\w-]{43}$/)
      expect(JSON.stringify(await ada.call(api.tokenList, {}))).not.toContain(token)
      expect(await meWith({ authorization: `Bearer ${token}` })).toBe(200)
      expect(await meWith(basic('anything', token))).toBe(200)
      await expect
        .poll(async () => (await ada.call(api.tokenList, {})).items[0]!.lastUsedAt)
        .toBeDefined()
      const bearer = yard.nobody.withToken(token)
      expect(
        await refusalOf(bearer.call(api.projectCreate, { body: { key: 'NO', name: 'n' } })),
      ).toBe('403 forbidden')
      expect(await refusalOf(bearer.call(api.auditList, {}))).toBe('403 forbidden')
      await ada.call(api.tokenRevoke, { params: { id: entry.id } })
      expect(await meWith({ authorization: `Bearer ${token}` })).toBe(401)
    })

    test('bound to a project reach no other, and cannot make wider ones', async () => {
      const body = { name: 'ci', scopes: ['write' as const], project: 'GB' }
      const { token } = await ada.call(api.tokenCreate, { body })
      const ci = yard.nobody.withToken(token)
      expect((await ci.call(api.projectList, {})).items.map((entry) => entry.key)).toEqual(['GB'])
      await ci.call(api.projectUpdate, { params: { project: 'GB' }, body: { description: 'x' } })
      expect(await refusalOf(ci.call(api.projectGet, { params: { project: 'OT' } }))).toBe(
        '403 forbidden',
      )
      const wide = { name: 'w', scopes: ['write' as const] }
      expect(await refusalOf(ci.call(api.tokenCreate, { body: wide }))).toBe('403 personOnly')
      const wider = { name: 'w', scopes: ['administer' as const], project: 'GB' }
      expect(await refusalOf(ci.call(api.tokenCreate, { body: wider }))).toBe('403 scopeTooWide')
    })

    test('expire', async () => {
      const body = { name: 'short', scopes: ['read' as const], expiresInDays: 1 }
      const { token } = await ada.call(api.tokenCreate, { body })
      yard.kernel.clock.advance(86_400_001)
      expect(await meWith({ authorization: `Bearer ${token}` })).toBe(401)
    })

    test('of a run act as that run in its project', async () => {
      const { kernel, identity } = yard
      const owner = { kind: 'run' as const, id: 'run_1' }
      const issued = await kernel.database.write((tx) =>
        identity.tokenIssue(tx, {
          owner,
          name: 'guestbook/main #1',
          scopes: ['read', 'write'],
          project: 'GB',
          expiresAtMs: kernel.clock.now() + 60_000,
        }),
      )
      const run = yard.nobody.withToken(issued.token)
      expect(await run.call(api.me, {})).toMatchObject({ actor: 'run:run_1' })
      expect((await run.call(api.projectGet, { params: { project: 'GB' } })).role).toBe('developer')
      expect(await refusalOf(run.call(api.projectGet, { params: { project: 'OT' } }))).toBe(
        '403 forbidden',
      )
      expect(await refusalOf(run.call(api.tokenList, {}))).toBe('403 personOnly')
      await kernel.database.write((tx) => identity.tokenRevoke(tx, issued.id))
      expect(await refusalOf(run.call(api.me, {}))).toBe('401 badCredentials')
    })

    test('a password works as basic credentials until it changes or the person is disabled', async () => {
      const bob = await addPerson(ada, { name: 'bob' })
      expect(await meWith(basic('bob', PASSWORD))).toBe(200)
      expect(await meWith(basic('bob', 'wrong'))).toBe(401)
      await bob.call(api.passwordChange, { body: { current: PASSWORD, next: 'bobs new one' } })
      expect(await meWith(basic('bob', PASSWORD))).toBe(401)
      expect(await meWith(basic('bob', 'bobs new one'))).toBe(200)
      const { token } = await bob.call(api.tokenCreate, {
        body: { name: 't', scopes: ['read'] },
      })
      const fresh = await asBrowser(
        await yard.nobody.send(api.signIn, { body: { name: 'ada', password: PASSWORD } }),
        yard.origin,
      )
      await fresh.call(api.personUpdate, { params: { name: 'bob' }, body: { isDisabled: true } })
      expect(await meWith(basic('bob', 'bobs new one'))).toBe(401)
      expect(await meWith({ authorization: `Bearer ${token}` })).toBe(401)
      expect(await refusalOf(bob.call(api.me, {}))).toBe('401 notSignedIn')
      const body = { name: 'bob', password: 'bobs new one' }
      expect(await refusalOf(yard.nobody.call(api.signIn, { body }))).toBe('403 signInDisabled')
    })
  })

  describe('people, projects and the audit log', () => {
    let yard: Yard
    let ada: Client
    beforeAll(async () => {
      yard = await openYard({ config: await config() })
      ada = await yard.setUp()
      await ada.call(api.projectCreate, { body: { key: 'GB', name: '방명록' } })
    })
    afterAll(() => yard.close())

    test('an invitation works once; a later one replaces it', async () => {
      const body = { name: 'minji', displayName: '김민지' }
      const first = await ada.call(api.personCreate, { body })
      expect(await refusalOf(ada.call(api.personCreate, { body }))).toBe('409 nameTaken')
      const second = await ada.call(api.personInvite, { params: { name: 'minji' } })
      const accept = (url: string) => ({
        body: {
          code: new URL(url).searchParams.get('code')!,
          password: PASSWORD,
          language: 'ko' as const,
        },
      })
      expect(await refusalOf(yard.nobody.call(api.invitationAccept, accept(first.url)))).toBe(
        '410 codeNotValid',
      )
      const me = await yard.nobody.call(api.invitationAccept, accept(second.url))
      expect(me).toMatchObject({ name: '김민지', isAdministrator: false })
      expect(await refusalOf(yard.nobody.call(api.invitationAccept, accept(second.url)))).toBe(
        '410 codeNotValid',
      )
    })

    test('roles decide, and change at once', async () => {
      const viewer = await addPerson(ada, { name: 'vera', project: 'GB', role: 'viewer' })
      const params = { project: 'GB' }
      expect(await viewer.call(api.projectGet, { params })).toMatchObject({
        name: '방명록',
        role: 'viewer',
      })
      const rename = { params, body: { name: 'Guestbook' } }
      expect(await refusalOf(viewer.call(api.projectUpdate, rename))).toBe('403 forbidden')
      const vera = { project: 'GB', name: 'vera' }
      await ada.call(api.memberSet, { params: vera, body: { role: 'maintainer' } })
      expect((await viewer.call(api.projectUpdate, rename)).name).toBe('Guestbook')
      await ada.call(api.memberRemove, { params: vera })
      expect(await refusalOf(viewer.call(api.projectGet, { params }))).toBe('403 forbidden')
      expect((await viewer.call(api.projectList, {})).items).toEqual([])
      const taken = { body: { key: 'GB', name: 'again' } }
      expect(await refusalOf(viewer.call(api.projectCreate, taken))).toBe('409 projectKeyTaken')
    })

    test('a project goes while nothing has happened in it, with its members and tokens', async () => {
      const params = { project: 'SHORT' }
      await ada.call(api.projectCreate, { body: { key: 'SHORT', name: 'Short' } })
      const vera = { ...params, name: 'vera' }
      await ada.call(api.memberSet, { params: vera, body: { role: 'developer' } })
      const asked = { name: 'ci', scopes: ['read' as const], project: 'SHORT' }
      const { token } = await ada.call(api.tokenCreate, { body: asked })
      const headers = { authorization: `Bearer ${token}` }
      const get = () => fetch(`${yard.origin}/api/projects/SHORT`, { headers })
      expect((await get()).status).toBe(200)
      const event = { type: 'plan.issueCreated', subject: 'issue:GB-1', project: 'GB', data: {} }
      await yard.kernel.database.write((tx) => yard.kernel.events.append(tx, event))
      const used = ada.call(api.projectDelete, { params: { project: 'GB' } })
      expect(await refusalOf(used)).toBe('409 projectInUse')
      await ada.call(api.projectDelete, { params })
      expect((await get()).status).toBe(401)
      const { items } = await ada.call(api.projectList, {})
      expect(items.map(({ key }) => key)).not.toContain('SHORT')
      await ada.call(api.projectCreate, { body: { key: 'SHORT', name: 'Again' } })
      expect((await ada.call(api.memberList, { params })).items).toMatchObject([{ name: 'ada' }])
      await ada.call(api.projectDelete, { params })
    })

    test('somebody stays administrator', async () => {
      const demote = { params: { name: 'ada' }, body: { isAdministrator: false } }
      expect(await refusalOf(ada.call(api.personUpdate, demote))).toBe('409 lastAdministrator')
    })

    test('the audit log tells who did what, when and from where', async () => {
      const { items } = await ada.call(api.auditList, {
        query: { action: 'member.set', project: 'GB' },
      })
      expect(items[0]).toMatchObject({
        actorName: 'Ada',
        subject: 'project:GB',
        project: 'GB',
        address: '127.0.0.1',
        detail: { name: 'vera', role: 'maintainer' },
      })
      const page = await ada.call(api.auditList, { query: { limit: 2 } })
      const next = await ada.call(api.auditList, {
        query: { limit: 2, cursor: page.nextCursor },
      })
      const seen = [...page.items, ...next.items].map((entry) => Number(entry.id))
      expect(seen).toEqual([...seen].sort((a, b) => b - a))
      expect(new Set(seen).size).toBe(4)
    })
  })
})
