// The conformance suite of the distribution specification itself, where Go is here and can fetch it.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const run = promisify(execFile)
const SUITE = 'github.com/opencontainers/distribution-spec/conformance'
const VERSION = 'v0.0.0-20260831232431-97274622c111'

const hasGo = succeeds('go', ['version'])
let server: ServerProcess
let person: Person
const folder = mkdtempSync(join(tmpdir(), 'madang-conformance-'))

describe.skipIf(!hasGo)('the conformance suite of the distribution specification', () => {
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

  test('finds nothing wrong, with all that is optional but sparse indexes', async ({ skip }) => {
    const env = { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
    try {
      await run('go', ['install', `${SUITE}@${VERSION}`], { env, timeout: 300_000 })
    } catch (error) {
      skip(`the suite can't be fetched from here: ${(error as Error).message.split('\n').at(-1)}`)
    }
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
})

function succeeds(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
