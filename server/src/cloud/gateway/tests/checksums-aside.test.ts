import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { checksumsAside } from '../checksums/index.ts'

const NAMES = ['md5', 'crc32', 'crc64nvme']

/** Bytes that differ from body to body, in pieces of that size. */
function* piecesOf(seed: number, bytes: number, pieceBytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += pieceBytes) {
    const piece = Buffer.alloc(Math.min(pieceBytes, bytes - at))
    for (let i = 0; i < piece.length; i++) piece[i] = (at + i) * seed
    yield piece
  }
}

async function summed(seed: number, bytes: number, pieceBytes: number): Promise<string[]> {
  const sums = await checksumsAside(NAMES)
  for (const piece of piecesOf(seed, bytes, pieceBytes)) await sums.update(piece)
  return sums.digests()
}

function expected(seed: number, bytes: number): string[] {
  const whole = Buffer.concat([...piecesOf(seed, bytes, 65_536)])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(whole))
  return [createHash('md5').update(whole).digest('base64'), crc.toString('base64')]
}

test.each([
  ['nothing', 0, 1],
  ['a few bytes', 5, 2],
  ['as much as a message holds', 262_144, 65_536],
  ['a byte more', 262_145, 65_536],
  ['one piece of many messages', 900_001, 900_001],
])('%s', async (_what, bytes, pieceBytes) => {
  const [md5, crc, crc64] = await summed(7, bytes, pieceBytes)
  expect([md5, crc]).toEqual(expected(7, bytes))
  // In whatever pieces it came.
  expect(await summed(7, bytes, 10_007)).toEqual([md5, crc, crc64])
})

test('more bodies at once than there are slots, some of which break off', async () => {
  const broken = Array.from({ length: 8 }, async (_, at) => {
    const sums = await checksumsAside(NAMES)
    for (const piece of piecesOf(at + 50, 300_000, 65_536)) await sums.update(piece)
    sums.drop()
  })
  const whole = Array.from({ length: 24 }, (_, at) => summed(at + 3, 600_000, 60_000))
  const digests = await Promise.all(whole)
  await Promise.all(broken)
  for (const [at, [md5, crc]] of digests.entries()) {
    expect([md5, crc]).toEqual(expected(at + 3, 600_000))
  }
})
