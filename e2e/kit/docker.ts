import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `docker` with a client configuration of its own, so that logins stay in the test. */
export function dockerClient() {
  const folder = mkdtempSync(join(tmpdir(), 'madang-docker-'))
  const env = { ...process.env, DOCKER_CONFIG: folder, DOCKER_CLI_HINTS: 'false' }
  return {
    async docker(...args: string[]): Promise<string> {
      const { stdout, stderr } = await run('docker', args, { env, maxBuffer: 2 ** 24 })
      return (stdout + stderr).trim()
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
