// What the real Docker builds of a Dockerfile, and what Madang builds of it without: compared as
// files with their modes and as configs, and run by the real Docker.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { hasDocker, makeImage, removeImages } from '../../testing/docker.ts'
import { createRegistry, type Registry } from '../index.ts'
import { sandboxFault } from './sandbox.ts'

const execute = promisify(execFile)
const BASE = 'madang-builder/base:1'
const LABEL = 'madang.test=builder'
const fault = await sandboxFault()
const programs = 'sh cat echo ls rm mv mkdir chmod chown id env test ln find stat tar sort'.split(
  ' ',
)
let home: string
let context: string
let kernel: Kernel
let registry: Registry
let host: string
const lines: string[] = []

const actor: Actor = {
  kind: 'run',
  id: 'run:run_1',
  name: 'run',
  isAdministrator: false,
  scopes: ['read', 'write'],
}

// Not synchronous: the engine asks the registry in this process.
const docker = async (...args: string[]) => {
  const env = { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: join(home, 'docker') }
  return (await execute('docker', args, { env })).stdout.trim()
}

const dockerfile = `FROM \${BASE} AS made
WORKDIR /work
COPY . .
RUN chmod 750 bin/run.sh && mkdir -p out/deep && echo made > out/deep/file && ln out/deep/file out/again
RUN rm -r gone && mv old new && chown 7:8 new && ln -s new link && chmod 1777 out

FROM \${BASE}
ARG WHO=nobody
ENV HELLO="hello \${WHO}" EMPTY=
COPY --from=made /work /app/
COPY --chown=3:4 bin/ /app/own/
ADD packed.tar.gz /unpacked
WORKDIR /app
USER 3:4
EXPOSE 8080
VOLUME /data
LABEL purpose="a test"
HEALTHCHECK --interval=5s CMD ["test", "-f", "/ok"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sh", "-c"]
CMD ["echo $HELLO; id; cat out/again"]
`

describe.skipIf(!hasDocker || fault !== undefined)('beside the real Docker', () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'builder-'))
    context = join(home, 'context')
    makeImage(BASE, programs)
    kernel = await createKernel(configFor({ home: join(home, 'data') }))
    kernel.http.guardWith({ identify: async () => actor, roleIn: async () => 'maintainer' })
    registry = await createRegistry({ kernel })
    host = new URL(await kernel.http.listen()).host
    await kernel.start()
    mkdirSync(join(home, 'docker'))
    await docker('login', '-u', 'run', '-p', 'x', host)
    await docker('tag', BASE, `${host}/gb/base:1`)
    await docker('push', `${host}/gb/base:1`)
    mkdirSync(join(context, 'bin'), { recursive: true })
    mkdirSync(join(context, 'gone'))
    writeFileSync(join(context, 'bin/run.sh'), '#!/bin/sh\n')
    writeFileSync(join(context, 'gone/x'), '')
    writeFileSync(join(context, 'old'), 'old and new\n')
    symlinkSync('/bin/sh', join(context, 'shell'))
    chmodSync(join(context, 'old'), 0o640)
    execFileSync('tar', [
      '-C',
      context,
      '--owner=9',
      '--group=9',
      '-czf',
      join(home, 'packed.tar.gz'),
      'bin',
      'old',
    ])
    copyFileSync(join(home, 'packed.tar.gz'), join(context, 'packed.tar.gz'))
    writeFileSync(
      join(context, 'Dockerfile'),
      dockerfile.replaceAll('${BASE}', `${host}/gb/base:1`),
    )
  })
  afterAll(async () => {
    removeImages()
    await docker('image', 'prune', '-f', '--filter', `label=${LABEL}`)
    await kernel.stop()
    rmSync(home, { recursive: true })
  })

  test('both come to the same files, modes, owners and config', async () => {
    await docker(
      'build',
      '--label',
      LABEL,
      '--build-arg',
      'WHO=you',
      '-t',
      'madang-builder/theirs:1',
      context,
    )
    await build()
    await docker('pull', `${host}/gb/ours:1`)
    const theirs = await inspected('madang-builder/theirs:1')
    const ours = await inspected(`${host}/gb/ours:1`)
    expect(ours.config).toEqual(theirs.config)
    expect(ours.files).toEqual(theirs.files)
    expect(await docker('run', '--rm', '--label', LABEL, `${host}/gb/ours:1`)).toBe(
      'hello you\nuid=3 gid=4 groups=4\nmade',
    )
  })

  test('a second build takes every layer from the cache', async () => {
    lines.length = 0
    await build()
    expect(lines.filter((line) => line === ' ---> Using cache')).toHaveLength(7)
  })

  test('a RUN that fails names its line; users, heredocs and mounts', async () => {
    const failing = `FROM base:1\nRUN echo fine\nRUN echo before; test -f /none`
    await expect(build(failing)).rejects.toThrow(
      "Dockerfile.2:3: The command '/bin/sh -c echo before; test -f /none' returned a non-zero code: 1",
    )
    expect(lines).toContain('before')
    lines.length = 0
    await build(`FROM base:1
RUN <<EOF
echo script
id
EOF
USER 1000:1001
WORKDIR /home/me
RUN --network=none --mount=type=tmpfs,target=/scratch id && echo mine > file && echo x > /scratch/y
RUN test ! -e /scratch/y && stat -c '%u:%g %a' file`)
    expect(lines).toContain('script')
    expect(lines).toContain('uid=0 gid=0')
    expect(lines.join('\n')).toContain('uid=1000 gid=1001')
    expect(lines).toContain('1000:1001 644')
  })

  test('a program of RUN reaches nothing of this machine', async () => {
    const secret = join(home, 'secret')
    writeFileSync(secret, 'secret')
    await expect(build(`FROM base:1\nRUN cat ${secret}`)).rejects.toThrow('non-zero code')
    await expect(build('FROM base:1\nUSER 1000\nRUN cat /proc/1/root/etc/shadow')).rejects.toThrow(
      'non-zero code',
    )
    // A link that it leaves behind leads nowhere outside afterwards.
    await build(`FROM base:1\nRUN ln -s ${home} /out\nCOPY old /out/written\nRUN cat /out/written`)
    expect(existsSync(join(home, 'written'))).toBe(false)
  })
})

async function build(text?: string): Promise<void> {
  const name = text === undefined ? 'Dockerfile' : 'Dockerfile.2'
  if (text !== undefined) writeFileSync(join(context, name), text)
  await registry.builds.build(actor, {
    project: 'GB',
    name: text === undefined ? 'gb/ours' : 'gb/second',
    tags: ['1'],
    context,
    dockerfile: name,
    buildArgs: { WHO: 'you' },
    labels: text === undefined ? { 'madang.test': 'builder' } : {},
    annotations: {},
    usesCache: true,
    host,
    say: (line) => lines.push(line),
    signal: new AbortController().signal,
  })
}

/** Modes, owners and kinds of all files but Docker's own, and the config. */
async function inspected(name: string) {
  const [it] = JSON.parse(await docker('image', 'inspect', name)) as [
    { Config: Record<string, unknown> },
  ]
  const {
    Env,
    Entrypoint,
    Cmd,
    User,
    WorkingDir,
    ExposedPorts,
    Volumes,
    Labels,
    StopSignal,
    Healthcheck,
  } = it.Config
  const command = 'find / -xdev | sort | while read f; do stat -c "%A %u:%g %s %n" "$f"; done'
  const files = await docker(
    'run',
    '--rm',
    '--label',
    LABEL,
    '-u',
    '0',
    '--entrypoint',
    'sh',
    name,
    '-c',
    command,
  )
  const own = /^\S+ \S+ \S+ (\/|\/(etc|dev|proc|sys|\.dockerenv|data)(\/.*)?)$/
  return {
    config: {
      Env,
      Entrypoint,
      Cmd,
      User,
      WorkingDir,
      ExposedPorts,
      Volumes,
      Labels,
      StopSignal,
      Healthcheck,
    },
    // The size of a directory is the file system's business.
    files: files
      .split('\n')
      .filter((line) => !own.test(line))
      .map((line) => line.replace(/^(d\S+ \S+) \d+/, '$1')),
  }
}
