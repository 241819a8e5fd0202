import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { pktLine } from '../pkt-line.ts'
import { type CodeYard, git, openCodeYard, tryGit } from '../testing.ts'

const LIMIT_BYTES = 16 * 1024 * 1024
let yard: CodeYard
let folder: string
let main: string

beforeAll(async () => {
  yard = await openCodeYard({ pushLimitBytes: LIMIT_BYTES })
  const work = yard.folder()
  await git(work, 'init', '-q', '-b', 'main')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first')
  await git(work, 'push', '-q', yard.url('ada'), 'main')
  main = await git(work, 'rev-parse', 'HEAD')
  folder = await yard.code.repoPath('GB', 'guestbook')
})
afterAll(() => yard.close())

const kinds = { commit: 1, tree: 2, blob: 3, ofsDelta: 6, refDelta: 7 } as const
interface Entry {
  kind: keyof typeof kinds
  bytes: Buffer
  /** What its header says; its real size unless told. */
  sizeBytes?: number
  /** For deltas: what stands between header and data. */
  base?: Buffer
}

const idOf = (kind: string, bytes: Buffer): Buffer =>
  createHash('sha1').update(`${kind} ${bytes.length}\0`).update(bytes).digest()

function header({ kind, bytes, sizeBytes = bytes.length, base }: Entry): Buffer {
  const out = [(kinds[kind] << 4) | (sizeBytes % 16)]
  for (let rest = Math.floor(sizeBytes / 16); rest > 0; rest = Math.floor(rest / 128)) {
    out[out.length - 1]! |= 0x80
    out.push(rest % 128)
  }
  return Buffer.concat([Buffer.from(out), base ?? Buffer.alloc(0)])
}

function packOf(entries: Entry[], count = entries.length): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  head.writeUInt32BE(count, 8)
  const parts = entries.flatMap((entry) => [header(entry), deflateSync(entry.bytes)])
  const body = Buffer.concat([head, ...parts])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

const tree = (...rows: [mode: string, name: string, id: Buffer][]): Buffer =>
  Buffer.concat(rows.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), id]))

function commit(root: Buffer): Buffer {
  const who = 'A <a@example.com> 1700000000 +0000'
  return Buffer.from(`tree ${root.toString('hex')}\nauthor ${who}\ncommitter ${who}\n\nevil\n`)
}

/** A whole small history: commit, its tree, and the blobs. */
function historyOf(root: Buffer, blobs: Buffer[]): { tip: string; pack: Buffer } {
  const made = commit(idOf('tree', root))
  const entries: Entry[] = [
    { kind: 'commit', bytes: made },
    { kind: 'tree', bytes: root },
    ...blobs.map((bytes): Entry => ({ kind: 'blob', bytes })),
  ]
  return { tip: idOf('commit', made).toString('hex'), pack: packOf(entries) }
}

async function push(pack: Buffer, tip = 'a'.repeat(40)): Promise<string> {
  const line = pktLine(`${'0'.repeat(40)} ${tip} refs/heads/evil\0report-status`)
  const answer = await fetch(`${yard.yard.origin}/git/GB/guestbook.git/git-receive-pack`, {
    method: 'POST',
    body: new Uint8Array(Buffer.concat([line, Buffer.from('0000'), pack])),
    headers: {
      authorization: `Basic ${Buffer.from(`dev:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/x-git-receive-pack-request',
    },
  })
  return answer.text()
}

/** Refused in git's own form, and nothing of it is left anywhere. */
async function expectNothingKept(): Promise<void> {
  const refs = await git(folder, 'for-each-ref', '--format=%(refname) %(objectname)')
  expect(refs).toBe(`refs/heads/main ${main}`)
  expect(readdirSync(join(folder, 'objects')).sort()).toEqual(['info', 'pack'])
  expect(readdirSync(join(folder, 'objects/pack')).length).toBe(before)
}
let before = 0
beforeAll(() => void (before = readdirSync(join(folder, 'objects/pack')).length))

const blob = Buffer.from('hello\n')
const good = historyOf(tree(['100644', 'a.txt', idOf('blob', blob)]), [blob])
const unknown = createHash('sha1').update('nothing').digest()
/** A delta that copies nothing and says how long base and result are. */
const delta = (...sizes: number[][]): Buffer => Buffer.from([...sizes.flat(), 1, 0x61])

const brokenChecksum = Buffer.from(good.pack)
brokenChecksum[brokenChecksum.length - 1]! ^= 1
const huge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10] // 2^46 in git's delta sizes

const packs: [what: string, pack: Buffer, said: RegExp][] = [
  ['cut off in the middle', good.pack.subarray(0, 40), /unpack .*(index-pack|unpacker)/],
  ['with a wrong checksum', brokenChecksum, /unpack .*(index-pack|unpacker)/],
  ['of another format', Buffer.from('ZIP!\0\0\0\x02\0\0\0\x01'), /unpack .*/],
  ['that says it has a billion objects', packOf([], 1_000_000_000), /unpack .*/],
  [
    'with a tree that says it is 100 GB',
    packOf([{ kind: 'tree', bytes: blob, sizeBytes: 100e9 }]),
    /unpack .*/,
  ],
  [
    'with a file shorter than it says',
    packOf([{ kind: 'blob', bytes: blob, sizeBytes: 4096 }]),
    /unpack .*/,
  ],
  [
    'with a delta from before its begin',
    packOf([{ kind: 'ofsDelta', bytes: delta([6], [1]), base: Buffer.from([0xff, 0x7f]) }]),
    /unpack .*/,
  ],
  [
    'with a delta from an object nobody has',
    packOf([{ kind: 'refDelta', bytes: delta([6], [1]), base: unknown }]),
    /unpack .*/,
  ],
  [
    'with a delta that becomes 64 TiB',
    packOf([
      { kind: 'blob', bytes: blob },
      { kind: 'refDelta', bytes: delta([6], huge), base: idOf('blob', blob) },
    ]),
    /unpack .*/,
  ],
  [
    'with a delta that copies from beyond its base',
    packOf([
      { kind: 'blob', bytes: blob },
      {
        kind: 'refDelta',
        bytes: Buffer.from([6, 6, 0x91, 0x70, 6]),
        base: idOf('blob', blob),
      },
    ]),
    /unpack .*/,
  ],
]

describe('a pack', () => {
  it.each(packs)('%s is refused and leaves nothing', async (_what, pack, said) => {
    const answer = await push(pack, good.tip)
    expect(answer).not.toMatch(/unpack ok/)
    expect(answer).toMatch(said)
    expect(answer).toMatch(/ng refs\/heads\/evil /)
    await expectNothingKept()
  })

  it('that unfolds to more than a push may bring is refused by name', async () => {
    const bomb = Buffer.alloc(32 * 1024 * 1024)
    const { tip, pack } = historyOf(tree(['100644', 'bomb.bin', idOf('blob', bomb)]), [bomb])
    expect(pack.length).toBeLessThan(1_000_000)
    expect(await push(pack, tip)).toMatch(/ng refs\/heads\/evil pre-receive hook declined/)
    await expectNothingKept()
    const work = yard.folder()
    await git(work, 'init', '-q', '-b', 'main')
    writeFileSync(join(work, 'bomb.bin'), bomb)
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', 'bomb')
    const { stderr } = await tryGit(work, ['push', yard.url('dev'), 'HEAD:refs/heads/evil'])
    expect(stderr).toMatch(/remote: bomb\.bin is larger than 16777216 bytes/)
    expect(stderr).toMatch(/\[remote rejected\] HEAD -> evil/)
    await expectNothingKept()
  })

  it('that is whole comes in afterwards', async () => {
    expect(await push(good.pack, good.tip)).toMatch(/unpack ok.*ok refs\/heads\/evil/s)
    await git(folder, 'update-ref', '-d', 'refs/heads/evil')
    before = readdirSync(join(folder, 'objects/pack')).length
  })
})

const link = Buffer.from('.git/hooks')
const modules = Buffer.from('[submodule "x"]\n\tpath = x\n\turl = -u./payload\n')
const innerTree = tree(['100755', 'post-checkout', idOf('blob', blob)])

const names = [
  '..',
  '.',
  '../x',
  'a/b',
  '.git',
  '.GIT',
  '.Git',
  '.git ',
  '.git.',
  'git~1',
  'GIT~1',
  '.git::$INDEX_ALLOCATION',
  '.g\u200cit',
  '.git\\config',
]

describe('a tree', () => {
  it.each(names)('with an entry %j is refused and leaves nothing', async (name) => {
    const { tip, pack } = historyOf(tree(['100644', name, idOf('blob', blob)]), [blob])
    const answer = await push(pack, tip)
    expect(answer).toMatch(/unpack (?!ok).*ng refs\/heads\/evil/s)
    await expectNothingKept()
  })

  it.each([
    ['.git/config', tree(['40000', '.git', idOf('tree', innerTree)]), [innerTree]],
    [
      'a link and a folder of one name',
      tree(['120000', 'a', idOf('blob', link)], ['40000', 'a', idOf('tree', innerTree)]),
      [innerTree],
    ],
    ['.gitmodules as a link', tree(['120000', '.gitmodules', idOf('blob', link)]), []],
    ['.gitmodules with an option', tree(['100644', '.gitmodules', idOf('blob', modules)]), []],
  ])('with %s is refused and leaves nothing', async (_what, root, trees) => {
    const made = commit(idOf('tree', root))
    const pack = packOf([
      { kind: 'commit', bytes: made },
      { kind: 'tree', bytes: root },
      ...trees.map((bytes): Entry => ({ kind: 'tree', bytes })),
      ...[blob, link, modules].map((bytes): Entry => ({ kind: 'blob', bytes })),
    ])
    const answer = await push(pack, idOf('commit', made).toString('hex'))
    expect(answer).toMatch(/unpack (?!ok).*ng refs\/heads\/evil/s)
    await expectNothingKept()
  })

  it('cannot be made in the page either', async () => {
    for (const path of [...names, '.git/config', 'a/.GIT/x', 'a/../b', '/etc/x']) {
      const files = [{ path, content: 'x', encoding: 'utf8' as const, isExecutable: false }]
      const call = yard.dev.call(codeEndpoints.commitCreate, {
        params: { project: 'GB', repo: 'guestbook' },
        body: { branch: 'evil', message: 'x', files },
      })
      const isPlain = path === 'a/b'
      await (isPlain ? call : expect(call, path).rejects.toMatchObject({ status: 400 }))
    }
  })
})

it('a page commits under the rules of a push: secrets are refused there too', async () => {
  const token = `ghp_${'abcdefghijklmnopqrstuvwxyz0123456789'}`
  const files = [
    { path: 'a.env', content: `t=${token}\n`, encoding: 'utf8' as const, isExecutable: false },
  ]
  const params = { project: 'GB', repo: 'guestbook' }
  const call = yard.dev.call(codeEndpoints.commitCreate, {
    params,
    body: { branch: 'leak', message: 'x', files },
  })
  await expect(call).rejects.toMatchObject({ code: 'changeRefused' })
  await expect(call).rejects.toThrow(/a\.env:1 {2}GitHub token/)
  expect(
    (await yard.code.refList('GB', 'guestbook')).branches.map(({ name }) => name),
  ).not.toContain('leak')
})
