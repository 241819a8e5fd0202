// An upload of a layer that is cut: by its client, and by `kill -9` of the server; it goes on where it stood.
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const PIECE = 1024 * 1024
const layer = randomBytes(24 * PIECE)
const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`

let server: ServerProcess
let person: Person

beforeAll(async () => {
  server = await startServer()
  person = await firstPerson(server)
  await makeProject(person.client, [])
})
afterAll(async () => {
  await server?.stop()
  server?.removeHome()
})

const send = (path: string, init: RequestInit = {}) =>
  fetch(`${server.origin}${path}`, { ...init, headers: { ...person.headers, ...init.headers } })

/** How many bytes the server says it has. */
async function received(location: string): Promise<number> {
  const answer = await send(location)
  expect(answer.status).toBe(204)
  const last = Number(answer.headers.get('range')!.split('-')[1])
  return last === 0 ? 0 : last + 1
}

/** Streams from there on and never ends; `stop` hangs up. */
function stream(location: string, from: number, to: number) {
  const patch = request(`${server.origin}${location}`, {
    method: 'PATCH',
    headers: {
      ...person.headers,
      'content-length': layer.length - from,
      'content-range': `${from}-${layer.length - 1}`,
    },
  })
  let isRefused = false
  patch.once('response', () => (isRefused = true))
  patch.on('error', () => undefined) // that it is cut is what this is about
  const closed = new Promise<void>((resolve) => void patch.once('close', resolve))
  patch.write(layer.subarray(from, to))
  return { stop: () => patch.destroy(), closed, isRefused: () => isRefused }
}

test('a push that was cut twice ends with the same bytes', async () => {
  const started = await send('/v2/gb/cut/blobs/uploads/', { method: 'POST' })
  const location = started.headers.get('location')!

  const first = stream(location, 0, 6 * PIECE)
  await until('some came', 90_000, async () => (await received(location)) > 0)
  first.stop()
  await first.closed
  const afterHangUp = await until('a size that stays', 90_000, async () => {
    const size = await received(location)
    return size > 0 && size === (await received(location)) && size
  })

  let second = stream(location, afterHangUp, 18 * PIECE)
  await until('more came', 90_000, async () => {
    const size = await received(location)
    // The server may still be putting away what came before the hang-up: a client tries again.
    if (!second.isRefused()) return size > afterHangUp
    second.stop()
    second = stream(location, size, 18 * PIECE)
    return false
  })
  await server.kill()
  await second.closed
  server = await server.again()

  const afterKill = await received(location)
  expect(afterKill).toBeGreaterThan(0)
  const wrong = await send(location, {
    method: 'PATCH',
    body: 'x',
    headers: { 'content-range': `${afterKill + 5}-${afterKill + 5}` },
  })
  expect(wrong.status).toBe(416)
  const rest = await send(location, {
    method: 'PATCH',
    body: layer.subarray(afterKill),
    headers: { 'content-range': `${afterKill}-${layer.length - 1}` },
  })
  expect(rest.status).toBe(202)
  const ended = await send(`${location}?digest=${digest}`, { method: 'PUT' })
  expect([ended.status, ended.headers.get('docker-content-digest')]).toEqual([201, digest])
  const back = await send(`/v2/gb/cut/blobs/${digest}`)
  expect(Buffer.from(await back.arrayBuffer()).equals(layer)).toBe(true)
}, 300_000)
