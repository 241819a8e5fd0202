import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract, type Header, pack } from 'tar-stream'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { createRegistry, type Registry } from '../index.ts'
import type { ImageConfig } from './image-config.ts'

let home: string
let folder: string
let kernel: Kernel
let registry: Registry
let origin: string
let lines: string[] = []

const run: Actor = {
  kind: 'run',
  id: 'run:run_7',
  name: 'run',
  isAdministrator: false,
  scopes: ['read', 'write'],
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'builder-'))
  kernel = await createKernel(configFor({ home }))
  kernel.http.guardWith({ identify: async () => run, roleIn: async () => 'maintainer' })
  registry = await createRegistry({ kernel })
  origin = await kernel.http.listen()
  await kernel.start()
})
afterAll(async () => {
  await kernel.stop()
  rmSync(home, { recursive: true })
})
beforeEach(() => {
  folder = mkdtempSync(join(home, 'context-'))
  lines = []
})

function put(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    chmodSync(join(folder, path), path.endsWith('.sh') ? 0o755 : 0o644)
  }
}

interface Asked {
  name?: string
  args?: Record<string, string>
  target?: string
  usesCache?: boolean
}

/** Builds the folder's Dockerfile; gives the image as a client of the registry sees it. */
async function build(dockerfile: string, asked: Asked = {}) {
  const { name = 'gb/app', args = {}, target, usesCache = true } = asked
  put({ Dockerfile: dockerfile })
  await registry.builds.build(run, {
    project: 'GB',
    name,
    tags: ['1'],
    context: folder,
    dockerfile: 'Dockerfile',
    buildArgs: args,
    target,
    labels: {},
    annotations: {},
    usesCache,
    host: new URL(origin).host,
    say: (line) => lines.push(line),
    signal: new AbortController().signal,
  })
  return image(name)
}

const get = async (path: string) => (await fetch(`${origin}/v2/${path}`)).arrayBuffer()

interface Manifest {
  config: { digest: string }
  layers: { digest: string }[]
}

async function image(name: string) {
  const manifest = JSON.parse(Buffer.from(await get(`${name}/manifests/1`)).toString()) as Manifest
  const config = JSON.parse(
    Buffer.from(await get(`${name}/blobs/${manifest.config.digest}`)).toString(),
  ) as ImageConfig
  const layers = await Promise.all(
    manifest.layers.map(async ({ digest }) => listed(await get(`${name}/blobs/${digest}`))),
  )
  return { manifest, config: config.config, whole: config, layers, files: layers.flat() }
}

async function listed(bytes: ArrayBuffer) {
  const tar = extract()
  tar.end(gunzipSync(Buffer.from(bytes)))
  const found: string[] = []
  for await (const { header } of tar as AsyncIterable<{ header: Header; resume(): void }>) {
    const { name, mode = 0, uid, gid, type, linkname } = header
    const to = linkname ? ` -> ${linkname}` : ''
    found.push(`${type} ${mode.toString(8)} ${uid}:${gid} ${name}${to}`)
  }
  return found
}

test('files, variables and the config', async () => {
  put({ 'a.txt': 'a', 'src/run.sh': '#!/bin/sh', 'src/.hidden': '', 'src/deep/b': 'b' })
  const { config, files, whole } = await build(
    `ARG TAG=one
FROM scratch
ARG TAG
ARG WHO=world
ENV GREETING="hello $WHO" TAG=\${TAG:-none}
WORKDIR /srv
COPY a.txt .
COPY --chown=12:13 --chmod=600 src/*.sh bin/
COPY src tree
EXPOSE 80 53/udp 8000-8001
VOLUME ["/data"]
USER 12
LABEL a=1 "b c"='d e'
HEALTHCHECK --interval=1m30s --retries=2 CMD test -f /ok
STOPSIGNAL SIGINT
CMD ["run.sh"]
ENTRYPOINT exec sh`,
    { args: { WHO: 'you' } },
  )
  expect(files).toEqual([
    'directory 755 0:0 srv/',
    'file 644 0:0 srv/a.txt',
    'directory 755 12:13 srv/bin/',
    'file 600 12:13 srv/bin/run.sh',
    'directory 755 0:0 srv/tree/',
    'file 644 0:0 srv/tree/.hidden',
    'directory 755 0:0 srv/tree/deep/',
    'file 644 0:0 srv/tree/deep/b',
    'file 755 0:0 srv/tree/run.sh',
  ])
  expect(config).toEqual({
    Env: [expect.stringMatching(/^PATH=/), 'GREETING=hello you', 'TAG=one'],
    WorkingDir: '/srv',
    ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {} },
    Volumes: { '/data': {} },
    User: '12',
    Labels: { a: '1', 'b c': 'd e' },
    Healthcheck: { Test: ['CMD-SHELL', 'test -f /ok'], Interval: 90e9, Retries: 2 },
    StopSignal: 'SIGINT',
    Cmd: ['run.sh'],
    Entrypoint: ['/bin/sh', '-c', 'exec sh'],
  })
  expect(whole.history).toHaveLength(15)
  expect(whole.rootfs.diff_ids).toHaveLength(4)
  expect(lines[0]).toContain('Madang builds the image itself')
})

test('the same sources are the same layers, and come from the cache', async () => {
  put({ a: 'same' })
  const first = await build('FROM scratch\nCOPY a /a')
  expect(lines).not.toContain(' ---> Using cache')
  const second = await build('FROM scratch\nENV x=1\nCOPY a /a', { name: 'gb/other' })
  expect(lines).toContain(' ---> Using cache')
  const third = await build('FROM scratch\nCOPY a /a', { usesCache: false })
  expect(second.manifest.layers).toEqual(first.manifest.layers)
  expect(third.manifest.layers).toEqual(first.manifest.layers)
})

test('stages, and only those that are needed', async () => {
  put({ 'x/one': '1', 'x/two': '2' })
  const dockerfile = `FROM scratch AS base
COPY --chown=5:5 x /made/
FROM nowhere/at-all AS unused
FROM scratch AS small
COPY --from=base /made/one /one
FROM small
COPY --from=0 /made /all
COPY <<a.txt <<"b.txt" /in/
from $HOME
a.txt
as $it is
b.txt`
  const { files } = await build(dockerfile)
  expect(files).toEqual([
    'file 644 5:5 one',
    'directory 755 5:5 all/',
    'file 644 5:5 all/one',
    'file 644 5:5 all/two',
    'directory 755 0:0 in/',
    'file 644 0:0 in/a.txt',
    'file 644 0:0 in/b.txt',
  ])
  const { files: small } = await build(dockerfile, { target: 'small' })
  expect(small).toEqual(['file 644 5:5 one'])
  await expect(build(dockerfile, { target: 'large' })).rejects.toThrow(
    'target stage "large" could not be found',
  )
})

test('on an image of the registry, with what it says', async () => {
  put({ a: 'a', b: 'b' })
  await build(
    'FROM scratch\nCOPY a /bin/a\nENV A=1\nENTRYPOINT ["/bin/a"]\nCMD ["x"]\nONBUILD COPY b /b',
    {
      name: 'gb/base',
    },
  )
  const { config, files, layers } = await build('FROM base:1\nENV B=$A\nENTRYPOINT ["/b"]')
  expect(layers).toHaveLength(2)
  expect(files).toEqual(['directory 755 0:0 bin/', 'file 644 0:0 bin/a', 'file 644 0:0 b'])
  expect(config.Env!.slice(1)).toEqual(['A=1', 'B=1'])
  expect(config).toMatchObject({ Entrypoint: ['/b'] })
  expect(config.Cmd).toBeUndefined()
  expect(config.OnBuild).toBeUndefined()
})

test('.dockerignore', async () => {
  put({
    'keep/a': '',
    'logs/x.log': '',
    'logs/keep.log': '',
    '.env': '',
    '.dockerignore': '*.env\nlogs\n!logs/keep.log\nDockerfile\n.dockerignore',
  })
  const { files } = await build('FROM scratch\nCOPY . /')
  expect(files.map((it) => it.split(' ').at(-1))).toEqual([
    'keep/',
    'keep/a',
    'logs/',
    'logs/keep.log',
  ])
  await expect(build('FROM scratch\nCOPY .env /')).rejects.toThrow(
    'Dockerfile:2: COPY failed: "/.env": not found (.dockerignore leaves it out)',
  )
})

async function archive(headers: (Partial<Header> & { name: string })[]): Promise<Buffer> {
  const tar = pack()
  for (const header of headers) tar.entry(header as Header, header.type === 'file' ? 'x' : '')
  tar.finalize()
  const pieces: Buffer[] = []
  for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('ADD takes archives apart, COPY does not', async () => {
  const bytes = await archive([
    { name: 'd/', type: 'directory', mode: 0o700, uid: 3, gid: 4 },
    { name: 'd/f', type: 'file', mode: 0o640, uid: 3, gid: 4, size: 1 },
    { name: 'd/l', type: 'link', linkname: 'd/f' },
    { name: 'up', type: 'symlink', linkname: '/etc' },
    { name: 'up/passwd', type: 'file', mode: 0o644, size: 1 },
  ])
  writeFileSync(join(folder, 'a.bin'), bytes)
  const { files } = await build('FROM scratch\nADD a.bin /x\nCOPY a.bin /x')
  expect(files).toEqual([
    // The link leads to /etc of the image, so that is where the file goes.
    'directory 755 0:0 etc/',
    'file 644 0:0 etc/passwd',
    'directory 755 0:0 x/',
    'directory 700 3:4 x/d/',
    'file 640 3:4 x/d/f',
    'link 640 3:4 x/d/l -> x/d/f',
    'symlink 777 0:0 x/up -> /etc',
    'file 644 0:0 x/a.bin',
  ])
})

test.each([
  [{ name: '../out', type: 'file', size: 1 }, 'must not lead out of it'],
  [{ name: 'a/../../out', type: 'file', size: 1 }, 'must not lead out of it'],
  [{ name: 'l', type: 'link', linkname: '../../etc/passwd' }, 'must not lead out of it'],
  [{ name: 'l', type: 'link', linkname: 'etc/passwd' }, 'no file of the archive'],
  [
    { name: 'd', type: 'character-device', devmajor: 1, devminor: 3 },
    'a character-device is not taken',
  ],
  [{ name: 'p', type: 'fifo' }, 'a fifo is not taken'],
] as const)('an archive with %j is refused', async (header, message) => {
  writeFileSync(join(folder, 'a.tar'), await archive([header as never]))
  await expect(build('FROM scratch\nADD a.tar /x')).rejects.toThrow(message)
})

test('nothing leads out of the context', async () => {
  const outside = 'forbidden path outside the build context'
  symlinkSync('/etc', join(folder, 'etc'))
  symlinkSync('../..', join(folder, 'up'))
  symlinkSync('/etc/passwd', join(folder, 'users'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  for (const source of ['../../etc/passwd', 'etc/passwd', 'up/x', 'users', '../*', 'etc/pass*']) {
    await expect(build(`FROM scratch\nCOPY ${source} /x`), source).rejects.toThrow(
      new RegExp(`^Dockerfile:2: ${outside}`),
    )
  }
  await expect(build('FROM scratch\nCOPY pipe /x')).rejects.toThrow(
    'pipes and sockets are not copied',
  )
  const kept = await build('FROM scratch\nCOPY Dockerfile /a/../../../b')
  expect(kept.files).toEqual(['file 644 0:0 b'])
  rmSync(join(folder, 'Dockerfile'))
})

test.each([
  [
    'FROM scratch\nADD https://example.org/x /x',
    'Dockerfile:2: ADD https://example.org/x: files of other hosts',
  ],
  ['FROM scratch\nCOPY none /x', 'Dockerfile:2: COPY failed: "/none": not found'],
  ['FROM scratch\nCOPY a b /x', 'the destination must be a directory and end with a /'],
  ['FROM scratch\nCOPY --parents a /x', 'COPY --parents needs Docker'],
  [
    'FROM none:1',
    'Dockerfile:1: none:1: not found. Without Docker an image comes from this registry',
  ],
  ['FROM ob/secret:1', 'not found'],
  ['FROM scratch\nRUN --mount=type=secret,id=x true', 'RUN --mount=type=secret needs Docker'],
  ['COPY a b', 'no build stage in current context'],
  ['FROM scratch\nUSER nobody\nWORKDIR /x', 'unable to find user nobody'],
])('%j says what is wrong', async (dockerfile, message) => {
  put({ a: '', b: '' })
  await expect(build(dockerfile)).rejects.toThrow(message)
})
