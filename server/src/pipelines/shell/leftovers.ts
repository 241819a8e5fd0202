import { readdir, readFile } from 'node:fs/promises'

/** Ends what a finished run left in the background. */
export const endLeftovers = (runId: string) => endMarked(`MADANG_RUN=${runId}`)

/** Variable by which the processes of one program are known, wherever they went (`setsid`). */
export const cookieOf = (programId: string) => `durable-${programId}`
export const endProgram = (programId: string) =>
  endMarked(`JENKINS_SERVER_COOKIE=${cookieOf(programId)}`)

/**
 * Ends the processes that have a variable in their environment, as Jenkins' process killer does.
 * `JENKINS_NODE_COOKIE=dontKillMe` (or BUILD_ID) spares one, as there. Linux only: elsewhere another
 * process's environment can't be read.
 */
async function endMarked(variable: string): Promise<void> {
  if (process.platform !== 'linux') return
  const names = await readdir('/proc')
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    const variables = (await environmentOf(name)).split('\0')
    const isOurs = variables.includes(variable)
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
