import { type ChildProcess, spawn } from 'node:child_process'

// Waits for the end of its standard input, which comes with the server's end, however that ends.
const script =
  'cat >/dev/null; for mark in "$0"/*; do [ -e "$mark" ] && kill -s KILL -- "-${mark##*/}" && rm -f "$mark"; done'

/**
 * Ends the marked process groups when this server is killed: a frozen process cannot notice that by
 * itself. A small shell that waits on a pipe; without a shell `reap` at the next start does the same.
 */
export function startSentinel(folder: string): { stop(): void } {
  const child: ChildProcess = spawn('sh', ['-c', script, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  })
  child.on('error', () => undefined) // no shell on this machine
  child.stdin?.on('error', () => undefined) // it is gone already
  child.unref()
  // The pipe must not keep the server alive; its type doesn't tell that it is a socket.
  const pipe = child.stdin as unknown as { unref?(): void }
  pipe.unref?.()
  return { stop: () => child.stdin?.end() }
}
