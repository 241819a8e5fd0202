// What goes wrong is told in the words of whoever asked, and the server goes on serving.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityEndpoints, pipelinesEndpoints, planEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IAM } from '@aws-sdk/client-iam'
import { awsClients, awsConfig } from './kit/aws.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { runProgram, type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const START_MS = 150_000
let server: ServerProcess
let minji: Person
const scratch = mkdtempSync(join(tmpdir(), 'madang-e2e-bad-'))
const aws = () => awsClients(server.cloudUrl)

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['app'])
}, START_MS)

afterAll(async () => {
  await server?.stop()
  server?.removeHome()
  rmSync(scratch, { recursive: true, force: true })
})

/** Starts the program as it should not be started; gives its code and words. */
async function refusedStart(args: string[]): Promise<string> {
  const run = runProgram(args)
  const code = await run.ended
  expect([code, run.output()]).toEqual([1, expect.any(String)])
  // Words for people, no stack of ours.
  expect(run.output()).not.toMatch(/^\s+at |node:internal/m)
  return run.output().trim()
}

function newHome(name: string, settings?: string): string {
  const home = join(scratch, name)
  mkdirSync(home)
  if (settings !== undefined) writeFileSync(join(home, 'madang.yaml'), settings)
  return home
}

const freePorts = ['--port', '0', '--cloud-port', '0']
const portOf = (url: string) => new URL(url).port

describe('a start that cannot be', { timeout: START_MS }, () => {
  test('names the port that is taken', async () => {
    const home = newHome('ports')
    const pages = portOf(server.origin)
    const args = ['--home', home, '--no-sample']
    expect(await refusedStart([...args, '--port', pages, '--cloud-port', '0'])).toContain(
      `Port ${pages} is taken`,
    )
    const cloud = portOf(server.cloudUrl)
    expect(await refusedStart([...args, '--port', '0', '--cloud-port', cloud])).toContain(
      `Port ${cloud} is taken`,
    )
  })

  test('names who uses the data folder', async () => {
    const said = await refusedStart(['--home', server.home, ...freePorts])
    expect(said).toMatch(/Another Madang \(process \d+\) is using .*--home/)
  })

  test('names the file and what is wrong in it', async () => {
    const broken = newHome('broken', 'port: [1, 2\n')
    const said = await refusedStart(['--home', broken, ...freePorts])
    expect(said).toContain(join(broken, 'madang.yaml'))
    const unknown = newHome('unknown', 'prot: 1\n')
    expect(await refusedStart(['--home', unknown, ...freePorts])).toContain('"prot"')
  })

  test('names the flag or the address that is not known', async () => {
    const home = newHome('flags')
    expect(await refusedStart(['--home', home, '--prot', '1'])).toMatch(/--prot.*--help/)
    const elsewhere = ['--host', '203.0.113.9']
    const said = await refusedStart(['--home', home, ...freePorts, ...elsewhere])
    expect(said).toContain('203.0.113.9')
  })
})

describe('git', { timeout: START_MS }, () => {
  test('that is no git gets words, and the repository stays whole', async () => {
    const url = `${server.origin}/git/GB/app.git/git-receive-pack`
    const type = 'application/x-git-receive-pack-request'
    const headers = { ...minji.headers, 'content-type': type }
    const answer = await fetch(url, { method: 'POST', headers, body: 'this is no pack' })
    const said = await answer.text()
    expect([answer.status, said]).toEqual([400, expect.stringMatching(/\w+ \w+/)])

    const copy = new WorkingCopy()
    await copy.clone(cloneUrl(server.origin, 'GB/app', minji.token))
    await copy.git('switch', '--quiet', '--create', 'main')
    writeFileSync(join(copy.folder, 'README.md'), '# App\n')
    await copy.commit('The first')
    await copy.git('push', '--quiet', 'origin', 'main')
    expect(await copy.git('ls-remote', 'origin')).toContain('refs/heads/main')
    const missing = copy.git('push', cloneUrl(server.origin, 'GB/absent', minji.token), 'main')
    await expect(missing).rejects.toThrow(/absent/)
    const wrong = copy.git('push', cloneUrl(server.origin, 'GB/app', 'nonsense'), 'main')
    await expect(wrong).rejects.toThrow(/not right/)
    copy.remove()
  })
})

describe('a pipeline', { timeout: START_MS }, () => {
  test("whose Jenkinsfile does not parse ends with Jenkins' own words and the place", async () => {
    const copy = new WorkingCopy()
    await copy.clone(cloneUrl(server.origin, 'GB/app', minji.token))
    await copy.git('switch', '--quiet', '--create', 'broken')
    const lines = [
      'pipeline {',
      '  agent any',
      '  stages {',
      "    stage('A') {",
      '      stps {',
      ' ',
    ]
    writeFileSync(join(copy.folder, 'Jenkinsfile'), lines.join('\n'))
    const commit = await copy.commit('A Jenkinsfile with a hole')
    await copy.git('push', '--quiet', 'origin', 'broken')
    copy.remove()
    const params = { project: 'GB' }
    const run = await until('the run ends', 90_000, async () => {
      const { items } = await minji.client.call(pipelinesEndpoints.runList, {
        params,
        query: { commit },
      })
      return items[0]?.state === 'finished' ? items[0] : undefined
    })
    const { text } = await minji.client.call(pipelinesEndpoints.runLog, {
      params: { ...params, run: run.id },
    })
    expect(run.result).toBe('FAILURE')
    expect(text).toContain('org.codehaus.groovy.control.MultipleCompilationErrorsException')
    expect(text).toMatch(/WorkflowScript: \d+: .*@ line \d+, column \d+\./)
    expect(text).toContain('Finished: FAILURE')
  })
})

describe('the cloud', { timeout: START_MS }, () => {
  test('names the resource type that it does not know', async () => {
    const TemplateBody = JSON.stringify({ Resources: { A: { Type: 'AWS::Moon::Base' } } })
    const { cloudformation } = aws()
    const asked = cloudformation.createStack({ StackName: 'moon', TemplateBody })
    await expect(asked).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('AWS::Moon::Base'),
    })
    const gone = cloudformation.describeStacks({ StackName: 'moon' })
    await expect(gone).rejects.toMatchObject({ name: 'ValidationError' })
  })

  test('refuses a template that is too long, as AWS does', async () => {
    const Description = 'x'.repeat(52_000)
    const TemplateBody = JSON.stringify({ Description, Resources: {} })
    const asked = aws().cloudformation.createStack({ StackName: 'long', TemplateBody })
    await expect(asked).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('51200'),
    })
  })

  test('in strict mode refuses keys it never gave', async () => {
    const strict = await startServer({ args: ['--cloud-mode', 'strict'] })
    const clients = awsClients(strict.cloudUrl)
    await expect(clients.s3.listBuckets()).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(clients.cloudformation.listStacks()).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    })
    await strict.stop()
    strict.removeHome()
  })

  test('in strict mode refuses a signature made with another secret', async () => {
    const open = await startServer()
    const iam = new IAM(awsConfig(open.cloudUrl))
    await iam.createUser({ UserName: 'minji' })
    await iam.attachUserPolicy({
      UserName: 'minji',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    })
    const { AccessKey } = await iam.createAccessKey({ UserName: 'minji' })
    await open.stop()

    const strict = await startServer({ home: open.home, args: ['--cloud-mode', 'strict'] })
    const key = {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    }
    expect((await awsClients(strict.cloudUrl, key).s3.listBuckets()).Buckets ?? []).toEqual([])
    const wrong = awsClients(strict.cloudUrl, { ...key, secretAccessKey: 'another' })
    const refused = { name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } }
    await expect(wrong.s3.listBuckets()).rejects.toMatchObject(refused)
    await expect(wrong.cloudformation.listStacks()).rejects.toMatchObject(refused)
    await strict.stop()
    strict.removeHome()
  })
})

describe('a request', { timeout: START_MS }, () => {
  const issues = () => `${server.origin}/api/projects/GB/issues`
  const post = (body: string) => {
    const headers = { ...minji.headers, 'content-type': 'application/json' }
    return fetch(issues(), { method: 'POST', headers, body })
  }

  test('that is too long, or no JSON, or of the wrong shape, is told so', async () => {
    const long = await post(JSON.stringify({ title: 'x', description: 'x'.repeat(5_000_000) }))
    expect([long.status, await long.json()]).toEqual([413, refusal('tooLarge')])
    const broken = await post('{"title":')
    expect([broken.status, await broken.json()]).toEqual([400, refusal('badRequest')])
    const shape = await post('{"title":7}')
    expect([shape.status, await shape.json()]).toEqual([400, refusal('badRequest')])
    const korean = await fetch(`${server.origin}/api/nothing`, {
      headers: { 'accept-language': 'ko' },
    })
    expect(((await korean.json()) as { error: { message: string } }).error.message).toMatch(
      /[가-힣]/,
    )
  })

  test('after all that is served as ever', async () => {
    const me = await minji.client.call(identityEndpoints.me, {})
    expect(me.name).toBe('Minji Kim')
    expect((await aws().s3.listBuckets()).$metadata.httpStatusCode).toBe(200)
  })
})

const refusal = (code: string) => ({ error: expect.objectContaining({ code }) })

test(
  'a full disk refuses what does not fit, keeps what it has, and goes on when there is room',
  {
    timeout: START_MS + 60_000,
  },
  async ({ skip }) => {
    const disk = join(scratch, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk], { stdio: 'pipe' })
    } catch (error) {
      console.warn(
        `no small disk can be mounted here, so a full one was not tried: ${String(error)}`,
      )
      return skip('mounting a small disk needs root')
    }
    let small: ServerProcess | undefined
    try {
      small = await startServer({ home: join(disk, 'home') })
      await fillUp(small, join(disk, 'filler'))
    } finally {
      await small?.stop()
      execFileSync('umount', ['--lazy', disk])
    }
  },
)

async function fillUp(small: ServerProcess, filler: string): Promise<void> {
  const person = await firstPerson(small)
  await makeProject(person.client, ['app'])
  const put = (version: string) =>
    fetch(`${small.origin}/artifacts/GB/part/${version}/part.bin`, {
      method: 'PUT',
      headers: person.headers,
      body: new Uint8Array(2_000_000).fill(version.length),
    })
  expect((await put('1')).ok).toBe(true)
  const { s3 } = awsClients(small.cloudUrl)
  await s3.createBucket({ Bucket: 'room' })

  fillDisk(filler)
  const refused = await put('22')
  expect([refused.status, await refused.json()]).toEqual([507, refusal('storageFull')])
  expect(await toldByRegistries(small, person)).toEqual({
    oci: [507, { errors: [expect.objectContaining({ code: 'UNKNOWN', message: NO_ROOM })] }],
    npm: [507, { error: NO_ROOM }],
  })
  const Body = new Uint8Array(2_000_000)
  await expect(s3.putObject({ Bucket: 'room', Key: 'a', Body })).rejects.toMatchObject({
    $metadata: { httpStatusCode: expect.toSatisfy((code: number) => code >= 500) },
  })
  const issue = { type: 'task' as const, title: 'no room' }
  const params = { project: 'GB' }
  const asked = person.client.call(planEndpoints.issueCreate, { params, body: issue })
  await expect(asked).rejects.toThrow(/storageFull/)
  expect((await fetch(`${small.origin}/api/me`, { headers: person.headers })).status).toBe(200)

  rmSync(filler)
  expect((await put('22')).ok).toBe(true)
  await s3.putObject({ Bucket: 'room', Key: 'a', Body })
  await person.client.call(planEndpoints.issueCreate, { params, body: issue })
  const kept = await fetch(`${small.origin}/artifacts/GB/part/1/part.bin`, {
    headers: person.headers,
  })
  expect((await kept.arrayBuffer()).byteLength).toBe(2_000_000)
}

const NO_ROOM = expect.stringContaining('The disk is full')

/** Each in the form that its clients print. */
async function toldByRegistries({ origin }: ServerProcess, { headers }: Person) {
  const told = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`${origin}${path}`, { method, headers, body: body ?? null })
    return [answer.status, await answer.json()]
  }
  const data = Buffer.alloc(2_000_000, 'x').toString('base64')
  const tarball = { data, length: 2_000_000 }
  const release = {
    name: 'part',
    versions: { '1.0.0': { name: 'part', version: '1.0.0' } },
    _attachments: { 'part-1.0.0.tgz': tarball },
  }
  return {
    oci: await told('POST', '/v2/gb/part/blobs/uploads/'),
    npm: await told('PUT', '/npm/GB/part', JSON.stringify(release)),
  }
}

/** Writes until nothing more fits. */
function fillDisk(file: string): void {
  for (const piece of [1_000_000, 100_000, 4096, 512]) {
    for (;;) {
      try {
        writeFileSync(file, new Uint8Array(piece), { flag: 'a' })
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
        break
      }
    }
  }
}
