import { readdir, readFile } from 'node:fs/promises'

/**
 * Ends what a finished run left in the background, as Jenkins' process killer does. Such a process is
 * known by the variable MADANG_RUN; `JENKINS_NODE_COOKIE=dontKillMe` (or BUILD_ID) spares it, as
 * there. Linux only: elsewhere another process's environment can't be read.
 */
export async function endLeftovers(runId: string): Promise<void> {
  if (process.platform !== 'linux') return
  const names = await readdir('/proc')
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    const variables = (await environmentOf(name)).split('\0')
    const isOurs = variables.includes(`MADANG_RUN=${runId}`)
    const isSpared = variables.some((text) =>
      /^(JENKINS_NODE_COOKIE|BUILD_ID)=dontkillme$/i.test(text),
    )
    if (isOurs && !isSpared && Number(name) !== process.pid) end(Number(name))
  }
}

async function environmentOf(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return '' // ended meanwhile, or another user's: neither is a process of this run
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
