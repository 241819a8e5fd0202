import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const module = new URL('cloud-under-test.ts', import.meta.url).href
const program = `
  import { startCloud } from '${module}'
  const under = await startCloud({ home: process.argv[1] })
  console.log(under.url)
`

export interface CloudProcess {
  child: ChildProcess
  url: string
  /** Settles when the process is gone. */
  gone: Promise<unknown>
}

/** A cloud in a process of its own, to be killed. Rejects with what it printed when it ends before it listens. */
export async function startCloudProcess(home: string): Promise<CloudProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, home], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors: Buffer[] = []
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  child.stderr.pipe(process.stderr, { end: false })
  const gone = once(child, 'close')
  const early = gone.then(([code, signal]) => {
    const said = Buffer.concat(errors).toString('utf8')
    throw new Error(`the cloud ended with ${code ?? signal} before it listened: ${said}`)
  })
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const [url] = await Promise.race([line, early])
  return { child, url, gone }
}
