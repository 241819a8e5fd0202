// `kill -9` in the middle of everything at once: what was acknowledged is there afterwards, what was begun
// comes to an end, and every fact is told.
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipelinesEndpoints, registryEndpoints, threadEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients } from './kit/aws.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const START_MS = 150_000
const ACKNOWLEDGED = 6
const BRANCHES = ['one', 'two', 'three', 'four']
const BIG = randomBytes(20 * 1024 * 1024)
const BUCKETS = 60

let server: ServerProcess
let minji: Person
const copies: WorkingCopy[] = []
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['many', 'slow'])
}, START_MS)

afterAll(async () => {
  await server?.stop()
  server?.removeHome()
  for (const copy of copies) copy.remove()
})

const aws = () => awsClients(server.cloudUrl)

async function newCopy(repo: string): Promise<WorkingCopy> {
  const copy = new WorkingCopy()
  copies.push(copy)
  await copy.clone(cloneUrl(server.origin, `GB/${repo}`, minji.token))
  return copy
}

/** Work without end; what failed although nobody had killed the server is a fault. */
const crash = { isOver: false, failedBefore: [] as unknown[] }

/** Does one thing after the other until the server is gone; keeps what it acknowledged. */
async function keepDoing<T>(acknowledged: T[], act: (n: number) => Promise<T>): Promise<void> {
  for (let n = 1; !crash.isOver; n++) {
    try {
      acknowledged.push(await act(n))
    } catch (error) {
      if (!crash.isOver) crash.failedBefore.push(error)
      return
    }
  }
}

interface Stored {
  name: string
  sha256: string
}

test(
  'pushes, uploads and artifacts: whatever was acknowledged is there, and whole',
  {
    timeout: START_MS + 300_000,
  },
  async () => {
    const pushed: { branch: string; sha: string }[] = []
    const objects: Stored[] = []
    const bigObjects: Stored[] = []
    const artifacts: Stored[] = []
    await aws().s3.createBucket({ Bucket: 'uploads' })
    const work = await Promise.all(BRANCHES.map(() => newCopy('many')))
    for (const [index, branch] of BRANCHES.entries()) {
      await work[index]!.git('switch', '--quiet', '--orphan', branch)
    }
    const busy = [
      ...BRANCHES.map((branch, index) =>
        keepDoing(pushed, async (n) => {
          const sha = await commitNumber(work[index]!, branch, n)
          await work[index]!.git('push', '--quiet', 'origin', branch)
          return { branch, sha }
        }),
      ),
      keepDoing(objects, (n) => putObject(`small/${n}`, randomBytes(3000))),
      keepDoing(bigObjects, (n) => putObject(`big/${n}`, BIG)),
      keepDoing(artifacts, (n) => putArtifact(`${n}.0.0`, randomBytes(50_000))),
      keepDoing(artifacts, (n) => putArtifact(`${n}.1.0`, BIG)),
    ]
    await until('something of everything is acknowledged', 200_000, async () => {
      const branches = new Set(pushed.map(({ branch }) => branch))
      return (
        branches.size === BRANCHES.length &&
        pushed.length >= ACKNOWLEDGED &&
        objects.length >= ACKNOWLEDGED &&
        bigObjects.length > 0 &&
        artifacts.length >= 3
      )
    })
    crash.isOver = true
    await server.kill()
    await Promise.all(busy)
    expect(crash.failedBefore).toEqual([])
    server = await server.again()

    await expectPushed(pushed)
    for (const { name, sha256: expected } of [...objects, ...bigObjects]) {
      const { Body } = await aws().s3.getObject({ Bucket: 'uploads', Key: name })
      expect([name, sha256(await Body!.transformToByteArray())]).toEqual([name, expected])
    }
    // One that was cut off is not there by half.
    const listed = await aws().s3.listObjectsV2({ Bucket: 'uploads', Prefix: 'big/' })
    for (const { Size } of listed.Contents ?? []) expect(Size).toBe(BIG.length)
    for (const { name, sha256: expected } of artifacts) {
      const response = await fetch(artifactUrl(name), { headers: minji.headers })
      const bytes = new Uint8Array(await response.arrayBuffer())
      expect([name, sha256(bytes)]).toEqual([name, expected])
    }
    await expectArtifacts(artifacts)
  },
)

/** They are listed, and the thread knows the last of them. */
async function expectArtifacts(stored: Stored[]): Promise<void> {
  const items = await allArtifacts()
  const versions = items.map(({ version }) => version)
  expect(versions).toEqual(expect.arrayContaining(stored.map(({ name }) => name)))
  const { id } = items.find(({ version }) => version === stored.at(-1)!.name)!
  await until('the thread of an artifact', 90_000, async () => {
    const query = { kind: 'artifact', id }
    const { nodes } = await minji.client.call(threadEndpoints.threadGet, { query })
    return nodes.some((node) => node.id === id)
  })
}

async function allArtifacts() {
  const all: { id: string; version: string }[] = []
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await minji.client.call(registryEndpoints.artifactList, {
      params: { project: 'GB' },
      query: { name: 'parts', limit: 200, cursor },
    })
    all.push(...items)
    cursor = nextCursor
  } while (cursor !== undefined)
  return all
}

async function commitNumber(copy: WorkingCopy, branch: string, n: number): Promise<string> {
  writeFileSync(join(copy.folder, `${branch}-${n}.txt`), `${branch} ${n}\n`.repeat(200))
  return copy.commit(`${branch} ${n}`)
}

async function putObject(Key: string, Body: Uint8Array): Promise<Stored> {
  await aws().s3.putObject({ Bucket: 'uploads', Key, Body })
  return { name: Key, sha256: sha256(Body) }
}

const artifactUrl = (version: string) => `${server.origin}/artifacts/GB/parts/${version}/part.bin`

async function putArtifact(version: string, body: Buffer): Promise<Stored> {
  const headers = { ...minji.headers, 'content-type': 'application/octet-stream' }
  const sent = new Uint8Array(body)
  const response = await fetch(artifactUrl(version), { method: 'PUT', headers, body: sent })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return { name: version, sha256: sha256(body) }
}

/** Each acknowledged push is in its branch, and the thread knows its commit. */
async function expectPushed(pushed: { branch: string; sha: string }[]): Promise<void> {
  const fresh = await newCopy('many')
  await fresh.git('fetch', '--quiet', 'origin')
  await fresh.git('fsck', '--full')
  for (const { branch, sha } of pushed) {
    await fresh.git('merge-base', '--is-ancestor', sha, `origin/${branch}`)
    await until(`the thread of ${branch} ${sha}`, 90_000, () => knownCommit('many', sha))
  }
}

async function knownCommit(repo: string, sha: string) {
  const query = { kind: 'commit', id: `GB/${repo}@${sha}` }
  const { nodes } = await minji.client.call(threadEndpoints.threadGet, { query })
  return nodes.some(({ kind }) => kind === 'branch')
}

test(
  'a run and a stack in the middle of their work come to their end, nothing twice',
  {
    timeout: START_MS + 240_000,
  },
  async () => {
    const side = join(server.home, 'side.txt')
    const told = () => (existsSync(side) ? readFileSync(side, 'utf8').trim().split('\n') : [])
    const copy = await newCopy('slow')
    writeFileSync(join(copy.folder, 'Jenkinsfile'), jenkinsfileTelling(side))
    await copy.git('switch', '--quiet', '--orphan', 'main')
    const sha = await copy.commit('A pipeline to interrupt')
    await copy.git('push', '--quiet', 'origin', 'main')
    await until('the run is in its parallel part', 90_000, async () => told().includes('quick'))

    const StackName = 'rows'
    await aws().cloudformation.createStack({ StackName, TemplateBody: rowOfBuckets('first') })
    await until('the stack is there', 120_000, async () => (await statusOf(StackName)).isFinal)
    // Where this process sleeps on a busy machine an update may be over before it looks: then another one.
    let updates = 0
    await until('an update is under way', 90_000, async () => {
      const TemplateBody = rowOfBuckets(`update ${++updates}`)
      await aws().cloudformation.updateStack({ StackName, TemplateBody })
      const isUnderWay = (await statusOf(StackName)).status === 'UPDATE_IN_PROGRESS'
      if (!isUnderWay)
        await until('its end', 90_000, async () => (await statusOf(StackName)).isFinal)
      return isUnderWay
    })
    await server.kill()
    server = await server.again()

    await until('the stack ends', 120_000, async () => (await statusOf(StackName)).isFinal)
    expect((await statusOf(StackName)).status).toBe('UPDATE_COMPLETE')
    const mark = `update ${updates}`
    expect(await tagsOfBuckets(StackName)).toEqual(Array.from({ length: BUCKETS }, () => mark))

    const run = await until('the run ends', 150_000, () => finishedRun(sha))
    const params = { project: 'GB', run: run.id }
    const { text } = await minji.client.call(pipelinesEndpoints.runLog, { params })
    expect([run.result, text]).toEqual(['SUCCESS', expect.stringContaining('Finished: SUCCESS')])
    expect(told().sort()).toEqual(['after', 'before', 'quick', 'slow', 'slow end'])
    await expectThread({ kind: 'run', id: run.id }, ['branch', 'commit', 'run'])
  },
)

function jenkinsfileTelling(side: string): string {
  const tell = (word: string) => `sh "echo '${word}' >> '${side}'"`
  return `pipeline {
  agent any
  stages {
    stage('Before') { steps { ${tell('before')} } }
    stage('Together') {
      parallel {
        stage('Quick') { steps { ${tell('quick')} } }
        stage('Slow') { steps { ${tell('slow')}; sh 'sleep 12'; ${tell('slow end')} } }
      }
    }
    stage('After') { steps { ${tell('after')} } }
  }
}
`
}

/** Buckets that come one after the other, each with a tag that an update changes. */
function rowOfBuckets(mark: string): string {
  const bucket = (n: number) => ({
    Type: 'AWS::S3::Bucket',
    ...(n > 1 ? { DependsOn: `B${n - 1}` } : {}),
    Properties: { Tags: [{ Key: 'mark', Value: mark }] },
  })
  const numbers = Array.from({ length: BUCKETS }, (_, index) => index + 1)
  return JSON.stringify({
    Resources: Object.fromEntries(numbers.map((n) => [`B${n}`, bucket(n)])),
  })
}

async function statusOf(StackName: string) {
  const { Stacks } = await aws().cloudformation.describeStacks({ StackName })
  const status = String(Stacks![0]!.StackStatus)
  return { status, isFinal: !status.endsWith('IN_PROGRESS') }
}

async function tagsOfBuckets(StackName: string): Promise<(string | undefined)[]> {
  const { StackResources } = await aws().cloudformation.describeStackResources({ StackName })
  return Promise.all(
    StackResources!.map(async ({ PhysicalResourceId: Bucket }) => {
      const { TagSet } = await aws().s3.getBucketTagging({ Bucket })
      return TagSet!.find(({ Key }) => Key === 'mark')?.Value
    }),
  )
}

async function finishedRun(commit: string) {
  const { items } = await minji.client.call(pipelinesEndpoints.runList, {
    params: { project: 'GB' },
    query: { commit },
  })
  return items[0]?.state === 'finished' ? items[0] : undefined
}

async function expectThread(query: { kind: string; id: string }, kinds: string[]): Promise<void> {
  const told = async () => {
    const { nodes } = await minji.client.call(threadEndpoints.threadGet, { query })
    return nodes.map(({ kind }) => kind)
  }
  await expect.poll(told).toEqual(expect.arrayContaining(kinds))
}
