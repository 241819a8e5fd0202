// The conformance suite of the distribution specification itself, and oras, where Go is here and can fetch them.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { imageEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const run = promisify(execFile)
const SUITE = 'github.com/opencontainers/distribution-spec/conformance'
const VERSION = 'v0.0.0-20260831232431-97274622c111'

const ORAS = 'oras.land/oras/cmd/oras@v1.3.6'

const hasGo = succeeds('go', ['version'])
let server: ServerProcess
let person: Person
const folder = mkdtempSync(join(tmpdir(), 'madang-conformance-'))

describe.skipIf(!hasGo)('the distribution specification', () => {
  beforeAll(async () => {
    server = await startServer()
    person = await firstPerson(server)
    await makeProject(person.client, [])
  })
  afterAll(async () => {
    await server.stop()
    server.removeHome()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is kept by the judgement of its own suite, with all that is optional but sparse indexes', async ({
    skip,
  }) => {
    await install(`${SUITE}@${VERSION}`, skip)
    const results = join(folder, 'results')
    const { stdout } = await run(join(folder, 'conformance'), [], {
      maxBuffer: 2 ** 26,
      env: {
        ...process.env,
        OCI_REGISTRY: new URL(server.origin).host,
        OCI_TLS: 'disabled',
        OCI_USERNAME: 'minji',
        OCI_PASSWORD: person.token,
        OCI_REPO1: 'gb/conformance/one',
        OCI_REPO2: 'gb/conformance/two',
        OCI_RESULTS_DIR: results,
        OCI_VERSION: '1.1',
        OCI_API_BLOBS_DIGEST_HEADER: 'true',
        OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
        OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
        OCI_API_MANIFESTS_TAG_PARAM: 'true',
      },
    }).catch((failed: { stdout: string }) => failed)
    expect(stdout).not.toMatch(/: +(FAIL|Error)$/m)
    expect(stdout).toMatch(/Blob chunked\.+:\s+Pass/)
    expect(stdout).toMatch(/Sparse Manifests\.+:\s+Disabled/)
    expect(readFileSync(join(results, 'junit.xml'), 'utf8')).toMatch(
      /<testsuite name="OCI[^>]* failures="0" errors="0"/,
    )
  }, 400_000)

  test('oras pushes files, attaches a bill of materials and copies both elsewhere', async ({
    skip,
  }) => {
    await install(ORAS, skip)
    const host = new URL(server.origin).host
    writeFileSync(join(folder, 'menu.txt'), '김밥, 떡볶이\n')
    writeFileSync(join(folder, 'bom.json'), '{"spdxVersion":"SPDX-2.3"}')
    const oras = async (...args: string[]) => {
      const env = { ...process.env, DOCKER_CONFIG: folder }
      const { stdout } = await run(join(folder, 'oras'), args, { cwd: folder, env })
      return stdout
    }
    const image = `${host}/gb/menu:1`
    const plain = '--plain-http'
    await oras('login', plain, '-u', 'minji', '-p', person.token, host)
    await oras('push', plain, image, 'menu.txt:text/plain')
    const type = 'application/spdx+json'
    await oras('attach', plain, '--artifact-type', type, image, `bom.json:${type}`)
    await oras('cp', '-r', '--from-plain-http', '--to-plain-http', image, `${host}/gb/copy:1`)
    expect(await oras('discover', plain, `${host}/gb/copy:1`)).toContain(type)
    await oras('pull', plain, '-o', 'back', `${host}/gb/copy:1`)
    expect(readFileSync(join(folder, 'back/menu.txt'), 'utf8')).toBe('김밥, 떡볶이\n')
    const params = { project: 'GB', image: 'copy', reference: '1' }
    const shown = await person.client.call(imageEndpoints.imageGet, { params })
    expect(shown.referrers).toMatchObject([{ artifactType: type }])
  }, 400_000)
})

/** The program of a Go module, into the folder; skips where it can't be had. */
async function install(module: string, skip: (why: string) => void): Promise<void> {
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
  try {
    await run('go', ['install', module], { env, timeout: 300_000 })
  } catch (error) {
    skip(`it can't be fetched from here: ${(error as Error).message.split('\n').at(-1)}`)
  }
}

function succeeds(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
