import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Artifact } from '@madang/api'
import { zipSync } from 'fflate'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, call, Clone, discard, finished, logOf, runFor, startBed } from './bed.ts'
import { type Outcome, runFile, temporary, until } from './bed.ts'

// What a careless or hostile Jenkinsfile does: each is told in the log, and the server goes on.

const MOST_STEPS = 400
const home = temporary()
const runs = join(home, 'data/runs')
let bed: Bed
let clone: Clone

beforeAll(async () => {
  const config = { runLogMebibytes: 1, runMostSteps: MOST_STEPS }
  bed = await startBed(join(home, 'data'), { config })
  clone = new Clone(bed.origin)
})
afterAll(async () => {
  await bed.stop()
  discard(home)
  discard(clone.folder)
})

const run = (jenkinsfile: string, files: Record<string, string> = {}): Promise<Outcome> =>
  runFile(clone, bed.origin, jenkinsfile, files)

async function started(Jenkinsfile: string): Promise<string> {
  return (await runFor(bed.origin, await clone.push('main', { Jenkinsfile }))).id
}

/** Whether the server's loop is free: of some requests the quickest counts, for a minute; the machine is shared. */
async function answerMs(): Promise<number> {
  const took: number[] = []
  for (let n = 0; n < 5; n++) {
    const before = performance.now()
    await call(bed.origin, '/runs?limit=1')
    took.push(performance.now() - before)
  }
  return Math.min(...took)
}

const bytesBelow = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .reduce((total, file) => total + (existsSync(file) ? statSync(file).size : 0), 0)

test('a log bomb: the log has its limit, the disk too, and the page is live', async () => {
  const id = await started(
    `node { sh '{ set +x; } 2>/dev/null; head -c 200000000 /dev/zero | tr "\\\\0" x | fold -w 200'; echo 'after it' }`,
  )
  const cut = 'The output is cut here: the log of one run holds at most 1 MiB. The run goes on.'
  await until('the cut', async () => (await logOf(bed.origin, id)).includes(cut))
  const memory = process.memoryUsage().rss
  await expect.poll(answerMs).toBeLessThan(1000)
  const { run: found } = await finished(bed.origin, id)
  expect(found.result).toBe('SUCCESS')
  const kept = readFileSync(join(runs, id, 'log'), 'utf8')
  expect(kept).toContain('\nafter it\n')
  expect(bytesBelow(join(runs, id))).toBeLessThan(3 * 1024 ** 2)
  expect(process.memoryUsage().rss - memory).toBeLessThan(150 * 1024 ** 2)
})

const said = `ERROR: This run calls more than ${MOST_STEPS} steps (the setting runMostSteps)`
const runaways = {
  'steps without end': [`while (true) { echo 'x' }`, said],
  'and errors caught': [`while (true) { try { echo 'x' } catch (e) { } }`, said],
  'and errors caught by a step': [`while (true) { catchError { echo 'x' } }`, said],
  'branches without end': [
    `def all = [:]\n1000.times { n -> all["b$n"] = { echo 'x' } }\nparallel all`,
    said,
  ],
  'branches in branches': [
    `def f() { parallel(a: { f() }, b: { f() }) }\nf()`,
    /ERROR: This run calls more|StackOverflowError/,
  ],
  'blocks in blocks': [
    `def f() { stage('x') { f() } }\nf()`,
    /ERROR: This run calls more|StackOverflowError/,
  ],
  'calls without end': ['def f() { f() }\nf()', /StackOverflowError/],
  'an expression that tries for ever': [
    `echo "never: \${('a' * 40) ==~ /(?=a)(a+)+b/}"`,
    /StackOverflowError/,
  ],
  'a file that loads itself': [
    `node { writeFile file: 'a', text: "load 'b'"; writeFile file: 'b', text: "load 'a'"; load 'a' }`,
    /ERROR: This run calls more|StackOverflowError/,
  ],
} as const

test.each(Object.entries(runaways))(
  '%s: ended with a clear error',
  async (_name, [script, why]) => {
    const { run: found, log } = await run(script)
    expect(found.result).toBe('FAILURE')
    expect(log.slice(-3000)).toMatch(why)
    await expect.poll(answerMs).toBeLessThan(1000)
  },
)

test('a loop that does nothing: others go on, and it can be ended', async () => {
  const id = await started(`echo 'spins'\nwhile (true) { }`)
  await until('the loop', async () => (await logOf(bed.origin, id)).includes('spins'))
  await expect.poll(answerMs).toBeLessThan(1000)
  // A script that calls no step pays no heed to the first: the second is by force.
  await call(bed.origin, `/runs/${id}/abort`, {})
  await call(bed.origin, `/runs/${id}/abort`, {})
  expect((await finished(bed.origin, id)).run.result).toBe('ABORTED')
})

test('libraries that load each other: both load once', async () => {
  const { run: found, log } = await run(`library 'app'\none()\nback()`, {
    'vars/one.groovy': `def call() { library 'app@main'; two(); back(); }`,
    'vars/two.groovy': `def call() { library 'app'; echo 'two' }`,
    'vars/back.groovy': `def call(n = 0) { if (n < 3) forth(n + 1) else echo 'turned' }`,
    'vars/forth.groovy': `def call(n) { back(n) }`,
  })
  expect([found.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expect(log.split('Only using first definition of library app')).toHaveLength(3)
  expect(log).toContain('\nturned\n')
})

test('a Jenkinsfile of 1 MB is read, one that is larger is refused, both soon', async () => {
  const line = `    // ${'x'.repeat(88)}\n`
  const large = `node {\n${line.repeat(10_500)}  echo 'read it all'\n}`
  const before = process.cpuUsage()
  const { run: found, log } = await run(large)
  expect([found.result, log.slice(-500)]).toEqual([
    'SUCCESS',
    expect.stringContaining('read it all'),
  ])
  const refused = await run(line.repeat(11_500))
  expect(refused.run.result).toBe('FAILURE')
  expect(refused.log).toContain('The Jenkinsfile is larger than 1048576 characters')
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(20)
})

test('links out of the workspace are followed by no step', async () => {
  mkdirSync(join(home, 'outside'), { recursive: true })
  const outside = join(home, 'outside')
  execFileSync('sh', [
    '-c',
    `cd "${outside}"; echo TOPSECRET > secret.txt; echo '<testsuite><testcase name="TOPSECRET"/></testsuite>' > r.xml`,
  ])
  const { run: found, log } = await run(`node {
  sh 'ln -sfn ${outside} link; ln -sf ${outside}/secret.txt secret.txt; echo own > own.txt'
  def tries = [
    archive: { archiveArtifacts '**/*.txt' },
    archiveLink: { archiveArtifacts 'link/*' },
    stash: { dir('back') { deleteDir() }; stash name: 's', includes: '**/*.txt'; dir('back') { unstash 's'; sh 'find . -type f' } },
    zip: { zip zipFile: 'a.zip', overwrite: true, glob: '**/*.txt'; echo 'in it ' + unzip(zipFile: 'a.zip', read: true).keySet() },
    tar: { tar file: 'a.tgz', overwrite: true, glob: '**/*.txt'; sh 'tar -tzf a.tgz' },
    publish: { publishHTML(target: [reportDir: 'link', reportFiles: 'secret.txt', reportName: 'R']) },
    junit: { junit testResults: '**/r.xml', allowEmptyResults: false },
    read: { echo readFile('secret.txt') },
    readLink: { echo readFile('link/secret.txt') },
    write: { writeFile file: 'link/new.txt', text: 'x' },
    unzipThere: { unzip zipFile: 'a.zip', dir: 'link' },
    load: { load 'link/secret.txt' },
    hash: { echo sha256('link/secret.txt') },
    csv: { echo "\${readCSV(file: 'link/secret.txt')}" },
    remove: { dir('link') { deleteDir() } },
  ]
  tries.each { name, body -> try { body(); echo "DID \${name}" } catch (e) { echo "NOT \${name}: \${e.message}" } }
}`)
  expect(found.result).toBe('SUCCESS')
  expect(log.replaceAll(/^\+ .*$/gm, '')).not.toContain('TOPSECRET')
  for (const name of [
    'publish',
    'read',
    'readLink',
    'write',
    'unzipThere',
    'load',
    'hash',
    'csv',
    'remove',
  ]) {
    expect(log).toMatch(new RegExp(`^NOT ${name}: .* is outside the workspace`, 'm'))
  }
  expect(log).toContain('NOT archiveLink: No artifacts found')
  expect(log).toContain('NOT junit: No test report files were found')
  expect(log).toContain('in it [back/own.txt, own.txt]')
  const { items } = await call<{ items: Artifact[] }>(bed.origin, `/artifacts?run=${found.id}`)
  expect(items.map(({ path }) => path).filter((path) => /secret|link/.test(path))).toEqual([])
  expect(readdirSync(outside).sort()).toEqual(['r.xml', 'secret.txt'])
})

test('archives with ways out: nothing is written outside', async () => {
  const evil = Buffer.from('evil\n')
  const zip = zipSync({ 'fine.txt': evil, '../../evil.txt': evil, [`${home}/evil.txt`]: evil })
  const tar = async (name: string) => {
    const archive = pack()
    for (const each of ['fine.txt', name]) archive.entry({ name: each }, evil)
    archive.finalize()
    return (await buffer(archive as AsyncIterable<Uint8Array>)).toString('base64')
  }
  const bomb = Buffer.from(zipSync({ 'b.txt': new Uint8Array(1000) }))
  // The directory says 2 GB for what is a few bytes.
  bomb.writeUInt32LE(2_000_000_000, bomb.indexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24)
  const { run: found, log } = await run(
    `node {
  checkout scm
  sh 'for f in *.b64; do base64 -d $f > \${f%.b64}; done; ln -sfn ${home} there'
  def tries = [
    zip: { unzip 'slip.zip' }, up: { untar 'up.tar' }, abs: { untar 'abs.tar' }, link: { untar 'link.tar' },
    bomb: { unzip 'bomb.zip' }, torn: { unzip 'torn.zip' }, tornTar: { untar 'torn.zip' },
  ]
  tries.each { name, body -> try { body(); echo "DID \${name}" } catch (e) { echo "NOT \${name}: \${e}" } }
}`,
    {
      'slip.zip.b64': Buffer.from(zip).toString('base64'),
      'up.tar.b64': await tar('../../evil.txt'),
      'abs.tar.b64': await tar(`${home}/evil.txt`),
      'link.tar.b64': await tar('there/evil.txt'),
      'bomb.zip.b64': bomb.toString('base64'),
      'torn.zip.b64': Buffer.from(zip.subarray(0, 40)).toString('base64'),
    },
  )
  expect([found.result, log.slice(-2000)]).toEqual(['SUCCESS', expect.any(String)])
  for (const name of ['zip', 'up', 'abs'])
    expect(log).toMatch(new RegExp(`^NOT ${name}: .*out of bounds`, 'm'))
  expect(log).toMatch(/^NOT link: .*is outside the workspace/m)
  expect(log).toMatch(/^NOT bomb: java.util.zip.ZipException: the size of b.txt is wrong/m)
  expect(log).toMatch(/^NOT torn: java.util.zip.ZipException: /m)
  expect(log).toMatch(/^NOT tornTar: java.io.IOException: Error reading tar/m)
  expect(readdirSync(home).filter((name) => name.includes('evil'))).toEqual([])
})

test('processes that hide from an abort are ended', async () => {
  const beats = join(home, 'beats')
  const beat = (name: string) => `while :; do date +%s%N > ${beats}.${name}; sleep 0.05; done`
  const id = await started(`node {
  sh '''trap "" TERM
setsid sh -c 'trap "" TERM; ${beat('session')}' &
( ( ${beat('forked')} ) & )
nohup sh -c '${beat('nohup')}' > /dev/null 2>&1 &
echo ready; wait; sleep 1000'''
}`)
  await until('them', async () => (await logOf(bed.origin, id)).includes('\nready'))
  const read = () =>
    ['session', 'forked', 'nohup'].map(
      (name) => existsSync(`${beats}.${name}`) && readFileSync(`${beats}.${name}`, 'utf8'),
    )
  await until('their beats', async () => !read().includes(false))
  await call(bed.origin, `/runs/${id}/abort`, {})
  expect((await finished(bed.origin, id)).run.result).toBe('ABORTED')
  let before = read()
  await until('silence', async () => {
    // Silence takes its time to be seen: ten of their beats.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = read()
    const isSilent = now.every((text, at) => text === before[at])
    before = now
    return isSilent
  })
})

const canMount = (() => {
  try {
    mkdirSync(join(home, 'try'), { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(home, 'try')], {
      stdio: 'ignore',
    })
    execFileSync('umount', [join(home, 'try')])
    return true
  } catch {
    return false // not root, or in a container without the right to mount
  }
})()

test.skipIf(!canMount)(
  'a full disk under logs and artifacts: the run fails, the server goes on',
  async () => {
    const small = join(home, 'small')
    mkdirSync(join(small, 'runs'), { recursive: true })
    mkdirSync(join(small, 'blobs'), { recursive: true })
    const mount = (folder: string) =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', join(small, folder)])
    mount('runs')
    mount('blobs')
    const full = await startBed(small)
    const own = new Clone(full.origin)
    try {
      const first = await runFile(
        own,
        full.origin,
        `node { sh 'head -c 2000000 /dev/zero | tr "\\\\0" x | fold -w 100' }`,
      )
      expect(first.run.result).toBe('FAILURE')
      const id = first.run.id
      execFileSync('sh', ['-c', `rm -rf ${join(small, 'runs', id)}`])
      const second = await runFile(
        own,
        full.origin,
        `node {
  sh 'head -c 1500000 /dev/urandom > large.bin'
  try { archiveArtifacts 'large.bin' } catch (IOException e) { echo "caught \${e.message}" }
  echo 'goes on'
}`,
      )
      expect(second.log).toContain('No space left on device')
      expect(second.log).toContain('\ngoes on\n')
      expect(second.run.result).toBe('SUCCESS')
    } finally {
      await full.stop()
      discard(own.folder)
      for (const folder of ['runs', 'blobs']) execFileSync('umount', ['-l', join(small, folder)])
    }
  },
)
