import { createServer } from 'node:net'

// Below those that systems give to connections and to whoever asks for port 0 (from 32768 on Linux,
// 49152 elsewhere): a server that was killed finds its port free when it comes back, whatever other
// tests have opened meanwhile; and no client that calls it while it is away is given the port itself.
const FIRST = 20_000
const COUNT = 12_000
// Each of the processes that run tests side by side has a part of its own.
const PARTS = 8
const part = Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS
const given = new Set<number>()

/** A port that nobody listens on and nobody else is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + PARTS * Math.floor((Math.random() * COUNT) / PARTS) + part
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
