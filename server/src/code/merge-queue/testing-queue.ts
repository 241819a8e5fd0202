import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeEndpoints as api, type PullQueue, type PullRequest } from '@madang/api'
import type { Client } from '../../testing/client.ts'
import { until } from '../../testing/until.ts'
import { git, tryGit } from '../testing.ts'

const repo = { project: 'GB', repo: 'guestbook' }
interface Given {
  /** A working copy with `main` checked out. */
  folder: string
  /** Clone address of somebody who may push. */
  url: string
  dev: Client
}

/** A developer with a clone, and a program that says how builds went. */
export class QueueUser {
  readonly #given: Given

  constructor(given: Given) {
    this.#given = given
  }

  get #dev(): Client {
    return this.#given.dev
  }

  of(number: number) {
    return { params: { ...repo, number } }
  }

  async commit(branch: string, files: Record<string, string>, from = 'main'): Promise<void> {
    const { folder } = this.#given
    await git(folder, 'checkout', '-q', '-B', branch, from)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    await git(folder, 'add', '.')
    await git(folder, 'commit', '-qm', `Write ${Object.keys(files).join(', ')}`)
  }

  push(...args: string[]) {
    return tryGit(this.#given.folder, ['push', '-q', this.#given.url, ...args])
  }

  /** A pull request of one file of the branch's name. */
  async propose(branch: string, files?: Record<string, string>): Promise<PullRequest> {
    await this.commit(branch, files ?? { [`${branch}.txt`]: branch })
    const { stderr, code } = await this.push('-f', branch)
    if (code !== 0) throw new Error(stderr)
    const body = { title: `Bring ${branch}`, source: branch }
    return this.#dev.call(api.pullRequestCreate, { params: repo, body })
  }

  enter(number: number, body: object = {}): Promise<PullQueue> {
    return this.#dev.call(api.pullQueueEnter, { ...this.of(number), body: body as never })
  }

  queueOf(number: number): Promise<PullQueue> {
    return this.#dev.call(api.pullQueueGet, this.of(number))
  }

  pull(number: number): Promise<PullRequest> {
    return this.#dev.call(api.pullRequestGet, this.of(number))
  }

  /** Branches and their commits as any client of git sees them. */
  async remote(): Promise<Map<string, string>> {
    const text = await git(this.#given.folder, 'ls-remote', '--heads', this.#given.url)
    const lines = text.split('\n').filter(Boolean)
    return new Map(
      lines.map((line) => line.replace('refs/heads/', '').split('\t').toReversed()) as never,
    )
  }

  /** The commit that is built for a pull request; another one than `not`, where that is given. */
  built(number: number, target = 'main', not?: string): Promise<string> {
    return until(`a branch for #${number}`, async () => {
      const sha = (await this.remote()).get(`madang-queue/${target}/${number}`)
      return sha === not ? undefined : sha
    })
  }

  report(sha: string, state: 'success' | 'failure' | 'pending', key = 'ci'): Promise<unknown> {
    const body = { key, state, description: '', url: '' }
    return this.#dev.call(api.statusSet, { params: { ...repo, sha }, body })
  }

  /** How its last stay ended. */
  ended(number: number) {
    return until(`the end of #${number}`, async () => {
      const { entry, ended } = await this.queueOf(number)
      return entry ? undefined : ended[0]
    })
  }

  async history(branch = 'main'): Promise<string[]> {
    const { folder, url } = this.#given
    await git(folder, 'fetch', '-q', url, branch)
    return (await git(folder, 'log', '--format=%s', 'FETCH_HEAD')).split('\n')
  }
}
