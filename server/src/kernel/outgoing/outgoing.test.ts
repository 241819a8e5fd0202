import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../errors.ts'
import { createOutgoing, textOf } from './index.ts'

const names: Record<string, string[]> = {
  'public.test': ['93.184.216.34'],
  'inside.test': ['127.0.0.1'],
  'both.test': ['93.184.216.34', '10.1.2.3'],
}
const resolve = async (host: string) =>
  (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const outgoing = (...outgoingAllow: string[]) => createOutgoing({ outgoingAllow }, resolve)

async function codeOf(asked: Promise<unknown>): Promise<string> {
  const outcome = await asked.then(
    () => 'taken',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  )
  return outcome
}

describe('an address that somebody gives', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[2002:a00:1::]/',
    'http://[::127.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd12::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://172.31.255.255/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://255.255.255.255/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127.0.0.1./',
    'http://inside.test/',
    'http://INSIDE.test./',
    'http://both.test/',
    'ssh://git@2130706433/a.git',
    'git://0x7f000001/a.git',
  ])('%s is refused', async (url) => {
    expect(await codeOf(outgoing().target(url, ['http', 'ssh', 'git']))).toBe('outgoingRefused')
  })

  it.each([
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=id',
    'ssh://-oProxyCommand=id/x',
    'http://public.test/a\nb',
    'http://public.test/\r\nHost: x',
    'http:\\\\public.test',
    'file:///etc/passwd',
    'ext::sh -c id',
    'ftp://public.test/',
    'git@public.test:a/b.git',
    '/srv/git/a.git',
    '',
  ])('%j is no address to call', async (url) => {
    const schemes = ['http', 'https', 'ssh', 'git'] as const
    expect(await codeOf(outgoing().target(url, schemes))).toBe('outgoingInvalid')
  })

  it('is named when nobody knows it', async () => {
    expect(await codeOf(outgoing().target('http://nobody.test/'))).toBe('outgoingUnknown')
  })

  it('keeps what it was resolved to, and loses its password', async () => {
    const target = await outgoing().target('https://ada:pw@Public.TEST:8443/x#y')
    expect(target).toMatchObject({ host: 'public.test', address: '93.184.216.34', port: 8443 })
    expect(target.url.href).toBe('https://public.test:8443/x')
  })

  it.each([['10.0.0.0/8'], ['both.test'], ['*']])('is let through by %s', async (entry) => {
    expect(await codeOf(outgoing(entry).target('http://both.test/'))).toBe('taken')
    expect(await codeOf(outgoing('192.168.0.0/16').target('http://both.test/'))).not.toBe('taken')
  })

  it.each([
    ['private', 'http://10.0.0.1/', 'taken'],
    ['private', 'http://[::1]/', 'taken'],
    ['private', 'http://fn.lambda-url.localhost/', 'taken'],
    ['private', 'http://203.0.113.1/', 'outgoingRefused'],
    ['private', 'http://169.254.169.254/', 'outgoingRefused'],
    ['private', 'http://[fd00:ec2::254]/', 'outgoingRefused'],
    ['private', 'http://100.100.100.200/', 'outgoingRefused'],
    ['*', 'http://203.0.113.1/', 'taken'],
    ['*', 'http://168.63.129.16/', 'outgoingRefused'],
    ['*', 'http://[::ffff:169.254.169.254]/', 'outgoingRefused'],
    ['meta.test', 'http://meta.test/', 'outgoingRefused'],
    ['169.254.169.254', 'http://meta.test/', 'taken'],
  ])('with %s allowed, %s: %s', async (entry, url, outcome) => {
    names['meta.test'] = ['169.254.169.254']
    names['fn.lambda-url.localhost'] = ['127.0.0.1']
    expect(await codeOf(outgoing(entry).target(url))).toBe(outcome)
  })

  it('is this server’s own port on this machine, and no other', async () => {
    const door = outgoing()
    door.own(4566)
    expect(await codeOf(door.target('http://127.0.0.1:4566/'))).toBe('taken')
    expect(await codeOf(door.target('http://127.0.0.1:4567/'))).toBe('outgoingRefused')
    expect(await codeOf(door.target('http://10.255.255.1:4566/'))).toBe('outgoingRefused')
  })

  it('is left when its name takes longer than whoever calls it', async () => {
    const silent = createOutgoing({ outgoingAllow: ['*'] }, () => new Promise(() => undefined))
    const enough = new AbortController()
    const asked = silent.fetch('http://slow.test/', { signal: enough.signal })
    enough.abort('enough')
    expect(await codeOf(asked)).toBe('enough')
  })

  it('may be kept before its name is known', async () => {
    expect(await codeOf(outgoing().check('http://nobody.test/'))).toBe('taken')
    expect(await codeOf(outgoing().check('http://inside.test/'))).toBe('outgoingRefused')
  })

  it('is let through by the IPv4 range it carries', async () => {
    expect(await codeOf(outgoing('127.0.0.0/8').target('http://[::ffff:127.0.0.1]/'))).toBe('taken')
  })
})

describe('a call', () => {
  let server: Server
  let origin = ''
  const heard: { path: string | undefined; headers: IncomingHttpHeaders }[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      heard.push({ path: request.url, headers: request.headers })
      const to = new URL(request.url ?? '/', origin).searchParams.get('to')
      if (to) return void response.writeHead(302, { location: to }).end()
      response.end('here')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    origin = `http://allowed.test:${(server.address() as AddressInfo).port}`
    names['allowed.test'] = ['127.0.0.1']
    names['other.test'] = ['127.0.0.1']
  })
  afterAll(() => void server.close())

  it('goes to the address that was judged, whatever DNS says next', async () => {
    let asked = 0
    const turning = async () => {
      asked++
      return [{ address: asked === 1 ? '127.0.0.1' : '10.9.9.9', family: 4 }]
    }
    const door = createOutgoing({ outgoingAllow: ['allowed.test'] }, turning)
    const reply = await door.fetch(`${origin}/one`)
    expect(await textOf(reply, 100)).toBe('here')
    expect(asked).toBe(1)
  })

  it.each(['http://169.254.169.254/', 'http://2130706433/', 'file:///etc/passwd'])(
    'follows no redirect to %s',
    async (to) => {
      const door = outgoing('allowed.test')
      const outcome = await codeOf(door.fetch(`${origin}/?to=${encodeURIComponent(to)}`))
      expect(outcome).toMatch(/^outgoing(Refused|Invalid)$/)
    },
  )

  it('signs in as the address says, and follows nothing when told so', async () => {
    const door = outgoing('allowed.test')
    const url = origin.replace('://', '://ada:p%40ss@')
    const reply = await door.fetch(`${url}/?to=${encodeURIComponent(origin)}`, { follow: false })
    expect(reply.status).toBe(302)
    const authorization = `Basic ${btoa('ada:p@ss')}`
    expect(heard.at(-1)?.headers).toMatchObject({ authorization })
  })

  it('takes its secret to no other origin', async () => {
    const door = outgoing('allowed.test', 'other.test')
    const elsewhere = origin.replace('allowed', 'other')
    const headers = { authorization: 'Bearer s3cret', 'private-token': 's3cret', accept: 'a/b' }
    const to = encodeURIComponent(`${elsewhere}/away`)
    await door.fetch(`${origin}/?to=${to}`, { headers })
    expect(heard.at(-1)).toMatchObject({ path: '/away', headers: { accept: 'a/b' } })
    expect(JSON.stringify(heard.at(-1))).not.toContain('s3cret')
  })

  it('ends a circle of redirects, and an answer that is too long', async () => {
    const door = outgoing('allowed.test')
    const endless = createServer((request, response) => {
      response.writeHead(302, { location: request.url }).end()
    })
    await new Promise<void>((done) => endless.listen(0, '127.0.0.1', done))
    const { port } = endless.address() as AddressInfo
    expect(await codeOf(door.fetch(`http://allowed.test:${port}/`))).toBe('outgoingInvalid')
    endless.close()
    await expect(textOf(await door.fetch(`${origin}/`), 2)).rejects.toThrow('more than 2 bytes')
  })
})
