import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { collect, type IncomingHttp, type OutgoingHttp } from '../http.ts'
import { PlainConnection, readInto } from '../http1/index.ts'
import { echo } from './http1-peers.ts'

/** A connection that has sent `bytes`, and what it is told once `waitedMs` are said to have passed. */
async function after(
  waitedMs: number,
  bytes: string,
  handle: (request: IncomingHttp) => Promise<OutgoingHttp> = echo,
): Promise<string | undefined> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [paused] = await once(server, 'connection')
  const arrived = Promise.withResolvers<void>()
  const reader = {
    take(piece: Buffer) {
      connection.take(piece)
      arrived.resolve()
    },
    room: () => connection.room(),
    took: (length: number) => connection.took(length),
  }
  const accepted = readInto(paused, () => reader)
  const connection: PlainConnection = new PlainConnection(accepted, {
    handle,
    handOver: () => undefined,
    failed: () => undefined,
  })
  if (bytes) {
    socket.write(bytes)
    await arrived.promise
  }
  let said = ''
  socket.on('data', (piece) => (said += String(piece)))
  const closed = once(socket, 'close').then(() => said)
  connection.checkTime(performance.now() + waitedMs)
  // What is handled is answered a turn later.
  if (handle === echo && !accepted.writableEnded && !accepted.destroyed) {
    accepted.destroy()
    await closed
    server.close()
    return undefined
  }
  await closed
  server.close()
  return said
}

const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n'

test.each([
  ['an idle connection, after 60 s', 60_000, '', undefined],
  ['an idle connection, after 66 s', 66_000, '', ''],
  ['a head, after 50 s', 50_000, 'GET / HT', undefined],
  ['a head, after 61 s', 61_000, 'GET / HT', '408'],
  ['a body, after 15 s', 15_000, `${head}abc`, undefined],
])('%s', async (_name, waitedMs, bytes, expected) => {
  const said = await after(waitedMs, bytes)
  if (expected === undefined || expected === '') expect(said).toBe(expected)
  else expect(said).toMatch(new RegExp(`^HTTP/1.1 ${expected} .*\r\nConnection: close\r\n\r\n$`))
})

test('a body that stops is told in the form of whom it was for', async () => {
  const read: unknown[] = []
  const said = await after(21_000, `${head}abc`, async (request) => {
    await collect(request.body).catch((error: unknown) => read.push(error))
    return { status: 400, headers: [], body: 'too late' }
  })
  expect(read).toMatchObject([{ code: 'RequestTimeout', status: 400 }])
  expect(said).toMatch(/^HTTP\/1.1 400 .*\r\nConnection: close\r\n\r\ntoo late$/s)
})

const longHead = head.replace('10', '70000')

test('so is a long one', async () => {
  const read: unknown[] = []
  const said = await after(21_000, `${longHead}abc`, async (request) => {
    await collect(request.body).catch((error: unknown) => read.push(error))
    return { status: 400, headers: [], body: 'too late' }
  })
  expect(read).toMatchObject([{ code: 'RequestTimeout', status: 400 }])
  expect(said).toMatch(/^HTTP\/1.1 400 .*\r\nConnection: close\r\n\r\ntoo late$/s)
})
