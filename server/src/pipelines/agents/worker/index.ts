import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inheritedEnvironment } from '../../engine/environment.ts'
import { CLOSED, type Hello } from '../protocol.ts'
import { answersOf } from './answers.ts'
import { converse, type Ended } from './connection.ts'
import { Programs } from './programs.ts'

export interface Joining {
  /** How this machine reaches the server: `https://madang.example.com`. */
  url: string
  token: string
  name: string
  labels: string[]
  executors: number
  /** Work folder: workspaces, programs, and who this agent is. */
  folder: string
  tell(event: AgentEvent): void
}

export type AgentEvent = { kind: 'joined' } | { kind: 'lost'; reason: string; againInMs: number }

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

/**
 * This machine works for a server until that sends it away; gives the server's reason. A connection
 * that is lost is made again, and programs go on meanwhile.
 */
export async function joinServer(joining: Joining): Promise<string> {
  const { folder, url, token } = joining
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const programs = new Programs(join(folder, 'runs'))
  const answers = answersOf(programs, join(folder, 'transfers'))
  const disk = diskOf(folder)
  let pauseMs = FIRST_PAUSE_MS
  for (;;) {
    const hello = { hello: await helloOf(joining, disk, programs) }
    const joined = () => {
      pauseMs = FIRST_PAUSE_MS
      joining.tell({ kind: 'joined' })
    }
    const ended = await converse({ url, token, hello, answers, joined })
    if (isFinal(ended)) return ended.reason
    // Many agents that lost one server don't come back in the same moment.
    const againInMs = Math.round(pauseMs * (0.5 + Math.random() / 2))
    joining.tell({ kind: 'lost', reason: ended.reason || `code ${ended.code}`, againInMs })
    await new Promise((resolve) => setTimeout(resolve, againInMs))
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

function isFinal({ code, status }: Ended): boolean {
  if (status !== undefined) return [400, 401, 403, 404].includes(status)
  return (Object.values(CLOSED) as number[]).includes(code)
}

async function helloOf(joining: Joining, disk: string, programs: Programs): Promise<Hello> {
  const { name, labels, executors, folder, url } = joining
  const environment = inheritedEnvironment(process.env, dirname(process.execPath))
  const runs = await programs.runs()
  return { name, disk, folder, labels, executors, url, environment, runs }
}

/** Made with the folder: the server knows by it whether the programs of before are still here. */
function diskOf(folder: string): string {
  const file = join(folder, 'id')
  if (!existsSync(file)) writeFileSync(file, randomUUID(), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}
