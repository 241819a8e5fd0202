import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeEndpoints, identityEndpoints, type IssueStatus } from '@madang/api'
import { type Config, systemActor } from '../kernel/index.ts'
import { createPlan, type Plan } from '../plan/index.ts'
import { createThread } from '../thread/index.ts'
import type { Client } from '../testing/client.ts'
import { addPerson, openYard, PASSWORD, type Yard } from '../testing/yard.ts'
import { type Code, createCode } from './index.ts'

/** The issues GB-1, GB-2 and OTHER-1: the status each is in. */
export interface Issues {
  get(key: string): Promise<string | undefined>
  set(key: string, status: IssueStatus): Promise<unknown>
}

interface Parts {
  code: Code
  plan: Plan
}

/** A server with project GB, repository `guestbook`, and people of every role. */
export interface CodeYard {
  yard: Yard<Parts>
  code: Code
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
  const yard = await openYard<Parts>({
    config: given.config,
    home: given.home,
    async build(parts) {
      await createThread(parts)
      const plan = await createPlan(parts)
      return { plan, code: await createCode({ ...parts, ...given, plan }) }
    },
  })
  const ada = await yard.setUp()
  for (const [key, count] of [
    ['GB', 2],
    ['OTHER', 1],
  ] as const) {
    await ada.call(identityEndpoints.projectCreate, { body: { key, name: key } })
    for (let i = 0; i < count; i++) await newIssue(yard, key)
  }
  const params = { project: 'GB' }
  await ada.call(codeEndpoints.repoCreate, { params, body: { name: 'guestbook' } })
  const folders: string[] = []
  const { kernel, parts } = yard
  return {
    yard,
    code: parts.code,
    issues: {
      get: async (key) => (await parts.plan.issueGet(key))?.status,
      set: (key, status) =>
        kernel.database.write((tx) => parts.plan.issueTransition(tx, systemActor, key, status)),
    },
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

function newIssue({ kernel, parts }: Yard<Parts>, project: string): Promise<unknown> {
  return kernel.database.write((tx) =>
    parts.plan.issueCreate(tx, systemActor, { project, type: 'task', title: 'An issue' }),
  )
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
