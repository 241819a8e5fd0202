import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collect } from '../http.ts'
import { answersIn, echo, ourPorts, talk } from './http1-peers.ts'

const port = ourPorts()

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it never came true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what one connection reads never touches what another has read', async () => {
  const gate = Promise.withResolvers<void>()
  let held = 0
  const ours = await port(async (request) => {
    if (++held === 20) gate.resolve()
    await gate.promise
    return echo(request)
  })
  const letters = Array.from({ length: 20 }, (_, at) => String.fromCharCode(97 + at).repeat(9000))
  const answers = letters.map((body) => {
    const head = `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`
    // In pieces that end inside the head and inside the body.
    const pieces = [head.slice(0, 20), head.slice(20) + body.slice(0, 100), body.slice(100)]
    return talk(ours.port, pieces, { answers: 1 })
  })
  const said = await Promise.all(answers)
  for (const [at, text] of said.entries()) expect(text).toContain(`"body":"${letters[at]}"`)
})

test('pipelined requests are answered in order, however long each takes', async () => {
  const ours = await port(async ({ url }) => {
    await new Promise((resolve) => setTimeout(resolve, url === '/0' ? 30 : 0))
    return { status: 200, headers: [], body: url }
  })
  const paths = Array.from({ length: 50 }, (_, index) => `/${index}`)
  const said = await talk(ours.port, [paths.map((path) => get(path)).join('')], { answers: 50 })
  expect(answersIn(said).map(({ body }) => body)).toEqual(paths)
})

test('a head as node:http sends it', async () => {
  const ours = await port(async () => ({ status: 200, headers: [['ETag', '"é"']], body: 'grüß' }))
  const said = await talk(ours.port, [get('/')], { answers: 1 })
  const [head, body] = said.split('\r\n\r\n')
  expect(head!.split('\r\n')).toEqual([
    'HTTP/1.1 200 OK',
    'ETag: "é"',
    'Content-Length: 6',
    expect.stringMatching(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/),
    'Connection: keep-alive',
    'Keep-Alive: timeout=65',
  ])
  expect(Buffer.from(body!, 'latin1').toString()).toBe('grüß')
})

test('HEAD, 204 and 304 have no body, and the next answer follows', async () => {
  const ours = await port(async ({ method, url }) => {
    if (url === '/204') return { status: 204, headers: [] }
    if (url === '/304') return { status: 304, headers: [['ETag', '"a"']] }
    const stream = method === 'HEAD' ? createReadStream(import.meta.filename) : 'body'
    return { status: 200, headers: [['Content-Length', '4']], body: stream }
  })
  const head = 'HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n'
  const bytes =
    head + get('/204') + get('/304') + get('/last', 'Connection: close\r\n') + get('/no')
  const said = await talk(ours.port, [bytes])
  const heads = said.split('HTTP/1.1 ').slice(1)
  expect(heads.map((text) => text.slice(0, 3))).toEqual(['200', '204', '304', '200'])
  expect(heads[0]).toMatch(/content-length: 4\r\n[^]*\r\n\r\n$/i)
  expect(heads[1]).not.toMatch(/content-length/i)
  expect(heads[3]).toMatch(/connection: close\r\n\r\nbody$/i)
})

test.each([
  ['a line break in a value', [['A', 'b\r\nSet-Cookie: c']]],
  ['a character that is none of Latin-1', [['A', '✓']]],
  ['a name that is no token', [['A: b\r\nC', 'd']]],
] as [string, [string, string][]][])('an answer with %s is not sent', async (_name, headers) => {
  const ours = await port(async () => ({ status: 200, headers, body: 'x' }))
  expect(await talk(ours.port, [get('/')])).toBe('')
  expect(ours.failures.splice(0)).toHaveLength(1)
})

test('a stream, with a length and without, slower than its reader and faster', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'madang-http1-'))
  const file = join(folder, 'big')
  writeFileSync(file, Buffer.alloc(5_000_000, 'abcdefg'))
  const ours = await port(async ({ url }) => ({
    status: 200,
    headers: url === '/length' ? [['Content-Length', '5000000']] : [],
    body: createReadStream(file),
  }))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const path of ['/length', '/chunks', '/length']) {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      const options = { port: ours.port, path, agent, host: '127.0.0.1' }
      httpRequest(options, resolve).once('error', reject).end()
    })
    let size = 0
    for await (const piece of response) size += (piece as Buffer).length
    expect(size).toBe(5_000_000)
  }
  agent.destroy()
  rmSync(folder, { recursive: true })
})

test.each([
  ['breaks', 10],
  ['ends early', 11],
  ['goes on', 5],
])('a stream that %s cuts the connection', async (name, declared) => {
  async function* body() {
    yield Buffer.from('0123456789')
    if (name === 'breaks') throw new Error('broken')
  }
  const headers: [string, string][] =
    name === 'breaks' ? [] : [['Content-Length', String(declared)]]
  const ours = await port(async () => ({ status: 200, headers, body: body() }))
  const said = await talk(ours.port, [get('/') + get('/')])
  expect(said.split('HTTP/1.1').length).toBeLessThanOrEqual(2)
  expect(said).not.toMatch(/\r\n0\r\n\r\n$/)
  expect(ours.failures.splice(0)).toHaveLength(1)
})

test('a client that leaves while it is answered aborts the signal and lets the stream go', async () => {
  const seen = { aborted: false, ended: false }
  const endless = async function* (signal: AbortSignal) {
    try {
      for (;;) {
        yield Buffer.alloc(1000)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    } finally {
      seen.aborted = signal.aborted
      seen.ended = true
    }
  }
  const ours = await port(async ({ signal }) => ({
    status: 200,
    headers: [],
    body: endless(signal!),
  }))
  const socket = connect(ours.port, '127.0.0.1')
  socket.write(get('/'))
  await once(socket, 'data')
  socket.destroy()
  await until(() => seen.ended)
  expect(seen.aborted).toBe(true)
})

test('a client that leaves in the middle of a body, or of a head', async () => {
  const asked: string[] = []
  const ours = await port(async ({ url }) => {
    asked.push(url)
    return { status: 200, headers: [] }
  })
  for (const bytes of [
    'PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
    'GET /b HT',
  ]) {
    const socket = connect(ours.port, '127.0.0.1')
    await once(socket, 'connect')
    await new Promise((resolve) => socket.write(bytes, resolve))
    socket.destroy()
  }
  expect(answersIn(await talk(ours.port, [get('/c')], { answers: 1 }))).toHaveLength(1)
  expect(asked).toEqual(['/c'])
})

test('a client that ends its half is still answered, and told nothing waits for it', async () => {
  const aborted: boolean[] = []
  const ours = await port(async ({ signal, url }) => {
    if (url === '/a') await until(() => signal!.aborted)
    aborted.push(signal!.aborted)
    return { status: 200, headers: [], body: url }
  })
  const socket = connect({ port: ours.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(get('/a') + get('/b'))
  let said = ''
  for await (const piece of socket) said += String(piece)
  expect(answersIn(said).map(({ body }) => body)).toEqual(['/a', '/b'])
  expect(aborted[0]).toBe(true)
})

test('a request that is not plain goes to node:http, in turn, with all that follows it', async () => {
  const ours = await port()
  const chunked =
    'PUT /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
  const said = await talk(ours.port, [get('/1') + chunked + get('/3')], { answers: 3 })
  const urls = answersIn(said).map(({ body }) => (JSON.parse(body) as { url: string }).url)
  expect(urls).toEqual(['/1', '/2', '/3'])
})

test('5 MB, and a body that waits for 100 Continue', async () => {
  const ours = await port(async ({ body }) => {
    const { length } = await collect(body)
    return { status: 200, headers: [], body: String(length) }
  })
  const answer = await fetch(`http://127.0.0.1:${ours.port}/`, {
    method: 'PUT',
    body: Buffer.alloc(5_000_000),
  })
  expect(await answer.text()).toBe('5000000')
  const head = 'PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'
  const socket = connect(ours.port, '127.0.0.1')
  socket.write(head)
  expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('abc')
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK[^]*3$/)
  socket.destroy()
})

test('HTTP/2 with prior knowledge, its preface in one piece or in many', async () => {
  const ours = await port()
  const session = connectHttp2(`http://127.0.0.1:${ours.port}`)
  const stream = session.request({ ':path': '/h2' })
  let text = ''
  for await (const piece of stream) text += String(piece)
  expect(JSON.parse(text)).toMatchObject({ method: 'GET', url: '/h2' })
  session.close()
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
  const preface = ['P', 'RI * HTTP/2.0\r', '\n\r\nSM\r\n\r\n', settings]
  // A server of HTTP/2 says its own settings (frame type 4) first.
  expect(Buffer.from(await talk(ours.port, preface), 'latin1')[3]).toBe(4)
})

test('a reader that does not read is not answered without end', async () => {
  let answered = 0
  const ours = await port(async () => {
    answered++
    return { status: 200, headers: [], body: Buffer.alloc(60_000) }
  })
  const socket = connect(ours.port, '127.0.0.1')
  socket.on('error', () => undefined) // cut at the end
  socket.pause()
  socket.write(get('/').repeat(2000))
  await until(() => answered > 3)
  let before = answered
  let looks = 0
  // Twenty looks in a row at which nothing more was answered: it waits for the client.
  await until(() => {
    looks = answered === before ? looks + 1 : 0
    before = answered
    return looks >= 20
  })
  expect(answered).toBeLessThan(1000)
  socket.destroy()
})

test('closing lets what is being answered end, says so, and takes no more', async () => {
  const gate = Promise.withResolvers<void>()
  let asked = ''
  const ours = await port(async (request) => {
    asked = request.url
    if (request.url === '/slow') await gate.promise
    return echo(request)
  })
  const idle = connect(ours.port, '127.0.0.1')
  idle.write(get('/idle'))
  await once(idle, 'data')
  const slow = talk(ours.port, [get('/slow') + get('/next')])
  const idleClosed = once(idle, 'close')
  await until(() => asked === '/slow')
  const closed = ours.close(2000)
  await idleClosed
  gate.resolve()
  const said = await slow
  expect(said).toMatch(/connection: close/i)
  expect(answersIn(said)).toHaveLength(1)
  await closed
})
