import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeEndpoints, identityEndpoints } from '@madang/api'
import type { Config } from '../kernel/index.ts'
import type { Client } from '../testing/client.ts'
import { addPerson, openYard, PASSWORD, type Yard } from '../testing/yard.ts'
import { type Code, createCode } from './index.ts'
import type { PlanPort } from './ports.ts'

/** Issues of a test, as `plan` would hold them: key to status. */
export type Issues = Map<string, string>

/** A plan that holds only keys and statuses, so that these tests stand without that capability. */
export function planOver(issues: Issues): PlanPort {
  return {
    issueKeysIn: async (text) => [
      ...new Set((text.match(/\b[A-Z]+-\d+\b/g) ?? []).filter((key) => issues.has(key))),
    ],
    issueGet: async (key) => (issues.has(key) ? { status: issues.get(key)! } : undefined),
    issueTransition: async (_tx, _actor, key, status) => void issues.set(key, status),
  }
}

/** A server with project GB, repository `guestbook`, and people of every role. */
export interface CodeYard {
  yard: Yard<Code>
  issues: Issues
  ada: Client
  dev: Client
  viewer: Client
  stranger: Client
  /** Clone address with somebody's password in it. */
  url(name: string, repo?: string): string
  /** A folder of its own for a client. */
  folder(): string
  close(): Promise<void>
}

export async function openCodeYard(
  given: { config?: Partial<Config>; home?: string; pushLimitBytes?: number } = {},
): Promise<CodeYard> {
  const issues: Issues = new Map([
    ['GB-1', 'todo'],
    ['GB-2', 'todo'],
    ['OTHER-1', 'todo'],
  ])
  const yard = await openYard<Code>({
    config: given.config,
    home: given.home,
    build: (parts) => createCode({ ...parts, ...given, plan: planOver(issues) }),
  })
  const ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
  const params = { project: 'GB' }
  await ada.call(codeEndpoints.repoCreate, { params, body: { name: 'guestbook' } })
  const folders: string[] = []
  return {
    yard,
    issues,
    ada,
    dev: await addPerson(ada, { name: 'dev', project: 'GB', role: 'developer' }),
    viewer: await addPerson(ada, { name: 'viewer', project: 'GB', role: 'viewer' }),
    stranger: await addPerson(ada, { name: 'stranger' }),
    url: (name, repo = 'guestbook') => gitUrl(yard.origin, name, `GB/${repo}.git`),
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'madang-git-'))
      folders.push(folder)
      return folder
    },
    async close() {
      await yard.close()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function gitUrl(origin: string, name: string, path: string, password = PASSWORD): string {
  const url = new URL(`/git/${path}`, origin)
  url.username = name
  url.password = password
  return url.href
}

/** What real git said, and how it ended. */
export interface GitRun {
  code: number
  stdout: string
  stderr: string
}

/** Runs the system's git as a person would: own name, no configuration of this machine. */
export async function tryGit(
  cwd: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<GitRun> {
  const options = {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: '김다은',
      GIT_AUTHOR_EMAIL: 'daeun@example.com',
      GIT_COMMITTER_NAME: '김다은',
      GIT_COMMITTER_EMAIL: 'daeun@example.com',
      LC_ALL: 'C.UTF-8',
      ...env,
    },
  }
  try {
    const { stdout, stderr } = await promisify(execFile)('git', args, options)
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as GitRun
    return { code, stdout, stderr }
  }
}

/** The same, for what has to succeed. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tryGit(cwd, args)
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout.trim()
}
