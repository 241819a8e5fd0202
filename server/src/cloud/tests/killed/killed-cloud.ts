import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCloudProcess } from '../cloud-process.ts'

/** A cloud in a process of its own, ended by SIGKILL and started again on the same folder. */
export class KilledCloud {
  #home = ''
  #child: ChildProcess | undefined
  #port = 0
  readonly #destroys: (() => void)[] = []

  async start(): Promise<void> {
    this.#home ||= await mkdtemp(join(tmpdir(), 'madang-killed-'))
    const { child, url } = await startCloudProcess(this.#home)
    this.#child = child
    this.#port = Number(new URL(url).port)
  }

  /** Whether requests that fail now fail for want of a server. */
  get isGone(): boolean {
    return this.#child?.killed !== false || this.#child.exitCode !== null
  }

  /** A client of whichever server runs now. */
  client<C extends { destroy(): void }>(Client: new (settings: never) => C): C {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const endpoint = `http://127.0.0.1:${this.#port}`
    const settings = { endpoint, region: 'ap-northeast-2', credentials, forcePathStyle: true }
    const client = new Client({ ...settings, maxAttempts: 1 } as never)
    this.#destroys.push(() => client.destroy())
    return client
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    for (const destroy of this.#destroys.splice(0)) destroy()
  }

  async end(): Promise<void> {
    await this.kill()
    if (this.#home) await rm(this.#home, { recursive: true, force: true })
  }
}
