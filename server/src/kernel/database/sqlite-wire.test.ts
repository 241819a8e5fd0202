import { expect, test } from 'vitest'
import type { WriterRequest } from './sqlite-messages.ts'
import { SumText } from './sums.ts'
import { type WireMessage, WireReader, WireWriter } from './sqlite-wire.ts'

/** As a port does it. */
const sent = (message: WireMessage): WireMessage =>
  structuredClone(message, message.bytes ? { transfer: [message.bytes.buffer] } : {})

test('requests come out of the wire as they went in, message after message, but for booleans', () => {
  const writer = new WireWriter()
  const reader = new WireReader()
  const pooled = Buffer.from('a few bytes in a large pool')
  const texts = Array.from({ length: 2100 }, (_, index) => `select ${index}`)
  for (let round = 0; round < 3; round++) {
    const requests: WriterRequest[] = [
      { kind: 'begin', id: 0 },
      ...texts.map((sql, id): WriterRequest => ({
        kind: 'query',
        id,
        sql,
        parameters: [id, `text ${id}`, null, 2n ** 60n, -0.5, true],
      })),
      { kind: 'release', id: 7, more: round === 1 },
      {
        kind: 'apply',
        id: 8,
        statements: [
          { sql: 'insert', parameters: [pooled, 1, new Uint8Array(0), Buffer.alloc(70_000, 7)] },
          { sql: 'insert', parameters: [] },
          { sql: 'insert', parameters: [pooled, new SumText('crc64nvme', '{"a":"', '"}'), false] },
        ],
      },
      { kind: 'undo', id: 9 },
      { kind: 'close', id: 10 },
    ]
    const received = reader.requests(sent(writer.message(requests)))
    expect(JSON.stringify(received, plain)).toBe(JSON.stringify(requests, plain))
  }
})

test('undefined is null, and bytes stay their sender’s', () => {
  const bytes = Buffer.from('mine')
  const apply: WriterRequest = {
    kind: 'apply',
    id: 1,
    statements: [{ sql: 'x', parameters: [undefined, bytes] }],
  }
  const [received] = new WireReader().requests(sent(new WireWriter().message([apply])))
  expect(received).toMatchObject({ statements: [{ sql: 'x', parameters: [null, {}] }] })
  expect(bytes.toString()).toBe('mine')
})

function plain(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (name !== 'more' && typeof value === 'boolean') return Number(value)
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] }
  if (type === 'Buffer') return data
  return value instanceof Uint8Array ? [...value] : value
}
