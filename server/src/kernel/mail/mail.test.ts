import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { mailEndpoints as api } from '@madang/api'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabases } from '../../testing/databases.ts'
import { addPerson, openYard, type Yard } from '../../testing/yard.ts'
import { identityEndpoints } from '@madang/api'

/** As little of a mail server as a client needs; a recipient `no@…` is refused for good. */
async function mailServer(): Promise<{ server: Server; received: string[]; url: string }> {
  const received: string[] = []
  const server = createServer((socket) => {
    let text = ''
    let isData = false
    socket.write('220 sink\r\n')
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        if (isData) {
          const whole = text.indexOf('\r\n.\r\n')
          if (whole < 0) return
          received.push(text.slice(0, whole))
          text = text.slice(whole + 5)
          isData = false
          socket.write('250 kept\r\n')
          continue
        }
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        isData = /^DATA/i.test(line)
        const isRefused = /^RCPT TO:<no@/i.test(line)
        socket.write(isData ? '354 go on\r\n' : isRefused ? '550 nobody\r\n' : '250 fine\r\n')
        if (/^QUIT/i.test(line)) socket.end()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, received, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe.each(testDatabases())('over $name', ({ config }) => {
  let yard: Yard | undefined
  afterAll(() => yard?.close())

  const mail = (to: string, project?: string) =>
    yard!.kernel.database.write((tx) =>
      yard!.kernel.mailbox.send(tx, {
        from: 'Madang <madang@localhost>',
        to: [to],
        subject: '알림: 빌드가 실패했습니다',
        text: '로그를 보세요',
        source: 'test',
        project,
      }),
    )

  test('mail is kept, and read by those whose project it is about', async () => {
    yard = await openYard({ config: await config() })
    const ada = await yard.setUp()
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
    const eve = await addPerson(ada, { name: 'eve', project: 'GB', role: 'viewer' })
    const out = await addPerson(ada, { name: 'out' })
    await mail('a@example.com')
    const id = await mail('b@example.com', 'GB')
    const { items } = await ada.call(api.mailList, {})
    expect(items.map((one) => [one.to[0], one.state])).toEqual([
      ['b@example.com', 'kept'],
      ['a@example.com', 'kept'],
    ])
    const params = { project: 'GB' }
    const own = await eve.call(api.projectMailList, { params })
    expect(own.items).toMatchObject([{ id, subject: '알림: 빌드가 실패했습니다', project: 'GB' }])
    expect((await out.send(api.projectMailList, { params })).status).toBe(403)
    expect((await eve.send(api.mailList, {})).status).toBe(403)
    expect((await ada.call(api.mailList, { query: { to: 'A@example' } })).items).toHaveLength(1)
    await ada.call(api.mailDelete, { params: { mail: id } })
    expect((await eve.call(api.projectMailList, { params })).items).toEqual([])
    await yard.close()
  })

  test('with a mail server it is sent on, also after the server was away', async () => {
    const { server, received, url } = await mailServer()
    yard = await openYard({ config: { ...(await config()), smtpUrl: url } })
    const ada = await yard.setUp()
    const state = async (id: string) => {
      const { items } = await ada.call(api.mailList, {})
      return items.find((one) => one.id === id)?.state
    }
    const sent = await mail('a@example.com')
    await expect.poll(() => state(sent)).toBe('sent')
    expect(received[0]).toContain(`Message-ID: <${sent}@madang>`)
    expect(received[0]).toContain('To: a@example.com')
    const refused = await mail('no@example.com')
    await expect.poll(() => state(refused)).toBe('failed')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const later = await mail('c@example.com')
    const error = async () => (await ada.call(api.mailList, {})).items[0]?.error
    await expect.poll(error).toContain('ECONNREFUSED')
    server.listen(port, '127.0.0.1')
    yard.kernel.clock.advance(60_000)
    await expect.poll(() => state(later)).toBe('sent')
    server.close()
  })
})
