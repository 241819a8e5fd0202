import { join } from 'node:path'
import { abortException, type Call } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { type GitLogin, loginOf } from './git-login.ts'
import { filesOf } from './machine.ts'
import { nodeProgram, type ProgramAnswer } from './node-program.ts'

/** What is checked out, from where, and how. */
export interface GitSource {
  /** What `origin` is called in the workspace. */
  url: string
  /** Where to fetch from: this server's own repositories are read from their folder. */
  from: string
  /** The branch of `commit`; else a branch specifier of the Git plugin. */
  wanted: string
  /** The run's own commit. */
  commit?: string
  credentialsId?: string | undefined
  /** A branch of the workspace that is put there; `**` names it as the fetched one is named. */
  localBranch?: string
  /** Instead of the step's own folder. */
  folder?: string
  /** Files that git doesn't know are removed. */
  cleaned?: boolean
  /** Of a shallow clone. */
  depth?: number
  submodules?: {
    isRecursive: boolean
    /** They are fetched with the login of the repository that names them, wherever they are. */
    hasLogin: boolean
  }
}

export const NO_REVISION =
  "Couldn't find any revision to build. Verify the repository and branch configuration for this job."

interface Found {
  sha: string
  /** As the Git plugin shows it: `refs/remotes/origin/main`, a tag, or `detached`. */
  name: string
}

/** Puts the sources into the folder, told in the lines of the Git plugin; gives its variables. */
export async function checkOut(call: Call, source: GitSource): Promise<Record<string, string>> {
  const work = await GitWork.begin(call, source)
  const found = await work.whole()
  const previous = call.session.record.before_sha
  const branch = found.name.replace('refs/remotes/', '')
  const localBranch = source.commit === undefined ? work.localBranchOf(found) : source.wanted
  // In the order of their names, as the step in Jenkins gives them.
  return {
    GIT_BRANCH: branch,
    GIT_COMMIT: found.sha,
    ...(localBranch === undefined ? {} : { GIT_LOCAL_BRANCH: localBranch }),
    ...(previous === null ? {} : { GIT_PREVIOUS_COMMIT: previous }),
    GIT_URL: source.url,
  }
}

class GitWork {
  readonly #call: Call
  readonly #source: GitSource
  readonly #folder: string
  readonly #login: GitLogin | undefined
  readonly #isClone: boolean

  private constructor(
    call: Call,
    source: GitSource,
    given: { folder: string; login: GitLogin | undefined; isClone: boolean },
  ) {
    this.#call = call
    this.#source = source
    this.#folder = given.folder
    this.#login = given.login
    this.#isClone = given.isClone
  }

  static async begin(call: Call, source: GitSource): Promise<GitWork> {
    const folder = source.folder ?? call.scope.folder!
    const files = filesOf(call)
    await files.makeFolder(folder)
    call.say('The recommended git tool is: NONE')
    const login = await loginOf(call, source.credentialsId)
    const isClone = !(await files.stat(join(folder, '.git')))
    // What a run that was ended in the middle of a checkout leaves.
    if (!isClone) await files.remove(join(folder, '.git', 'index.lock'))
    return new GitWork(call, source, { folder, login, isClone })
  }

  async whole(): Promise<Found> {
    try {
      await this.#fetch()
      const found = await this.#find()
      await this.#put(found)
      return found
    } finally {
      const { letGo } = this.#call.session
      const folders = letGo.signal.aborted ? [] : (this.#login?.folders ?? [])
      for (const folder of folders) await filesOf(this.#call).remove(folder)
    }
  }

  get #refs(): string {
    const { commit, wanted } = this.#source
    if (commit === undefined) return '+refs/heads/*:refs/remotes/origin/*'
    if (this.#call.session.record.tag !== null) return `+refs/tags/${wanted}:refs/tags/${wanted}`
    return `+refs/heads/${wanted}:refs/remotes/origin/${wanted}`
  }

  async #fetch(): Promise<void> {
    const { url, commit } = this.#source
    const isOwn = commit !== undefined
    if (this.#isClone) {
      this.#say('Cloning the remote Git repository')
      if (isOwn) this.#say('Cloning with configured refspecs honoured and without tags')
      this.#say(`Cloning repository ${url}`)
      this.#tell('init', this.#folder)
      await this.#run('init', '-q', this.#folder)
    } else {
      this.#tell('rev-parse', '--resolve-git-dir', join(this.#folder, '.git'))
      this.#say('Fetching changes from the remote Git repository')
      await this.#config('remote.origin.url', url)
      if (isOwn) this.#say('Fetching without tags')
    }
    this.#say(`Fetching upstream changes from ${url}`)
    await this.#fetchRefs(isOwn ? '--no-tags' : '--tags')
    if (!this.#isClone) return
    await this.#config('remote.origin.url', url)
    this.#tell('config', '--add', 'remote.origin.fetch', this.#refs)
    await this.#run('config', 'remote.origin.fetch', this.#refs)
    this.#say('Avoid second fetch')
  }

  /** Of the run's own branch only its commit is fetched: the branch may have moved since. */
  async #fetchRefs(tags: string): Promise<void> {
    const { url, from, commit, wanted, depth } = this.#source
    this.#tell('--version')
    this.#say(` > git --version # '${await this.#run('--version')}'`)
    if (this.#login) this.#say(this.#login.line)
    const shallow = depth === undefined ? [] : [`--depth=${depth}`]
    this.#tell('fetch', tags, '--force', '--progress', ...shallow, '--', url, this.#refs)
    const refs = commit === undefined ? this.#refs : `+${commit}:refs/remotes/origin/${wanted}`
    const how = ['-c', 'protocol.version=2', 'fetch', '-q', tags, '--force', ...shallow]
    const answer = await this.#git([...how, '--', from, refs])
    if (answer.code === 0) return
    const shown = `git fetch ${tags} --force --progress -- ${url} ${this.#refs}`
    this.#failFetch(failureOf(shown, answer))
  }

  #failFetch(reason: string): never {
    const failure = `Error ${this.#isClone ? 'cloning' : 'fetching'} remote repo 'origin'`
    this.#say(`ERROR: ${failure}`)
    const { url } = this.#source
    // A clone tells of the command alone, a later fetch of what it was for and then of the command.
    if (!this.#isClone) this.#say(`hudson.plugins.git.GitException: Failed to fetch from ${url}`)
    this.#say(`${this.#isClone ? '' : 'Caused by: '}hudson.plugins.git.GitException: ${reason}`)
    throw abortException(failure)
  }

  async #find(): Promise<Found> {
    const { commit, wanted } = this.#source
    if (commit !== undefined) return { sha: commit, name: wanted }
    for (const { ref, name } of namesOf(wanted)) {
      this.#tell('rev-parse', `${ref}^{commit}`)
      const answer = await this.#git(['rev-parse', '-q', '--verify', `${ref}^{commit}`])
      if (answer.code === 0) return { sha: answer.output.trim(), name }
    }
    throw abortException(NO_REVISION)
  }

  localBranchOf({ name }: Found): string | undefined {
    const { localBranch } = this.#source
    return localBranch === '**' ? name.replace(/^(refs\/remotes\/)?origin\//, '') : localBranch
  }

  async #put(found: Found): Promise<void> {
    const { sha, name } = found
    const localBranch = this.localBranchOf(found)
    if (this.#source.cleaned && !this.#isClone) await this.#clean()
    this.#say(`Checking out Revision ${sha} (${name})`)
    this.#tell('config', 'core.sparsecheckout')
    this.#tell('checkout', '-f', sha)
    if (localBranch === undefined) await this.#run('checkout', '-q', '-f', '--detach', sha)
    else {
      this.#tell('branch', '-a', '-v', '--no-abbrev')
      this.#tell('checkout', '-b', localBranch, sha)
      await this.#run('checkout', '-q', '-f', '-B', localBranch, sha)
    }
    if (this.#source.submodules) await this.#updateSubmodules()
    else if (await filesOf(this.#call).stat(join(this.#folder, '.gitmodules'))) {
      this.#say('The repository has submodules; fetch them with sh "git submodule update --init"')
    }
    this.#say(`Commit message: "${await this.#run('log', '-1', '--format=%s')}"`)
    const { before_sha: previous } = this.#call.session.record
    if (previous === null) this.#say('First time build. Skipping changelog.')
    else if (this.#source.commit !== undefined) this.#tell('rev-list', '--no-walk', previous)
  }

  async #clean(): Promise<void> {
    this.#say('Cleaning workspace')
    this.#tell('rev-parse', '--verify', 'HEAD')
    this.#say('Resetting working tree')
    for (const command of ['reset --hard', 'clean -fdx']) {
      this.#tell(command)
      await this.#run(...command.split(' '))
    }
  }

  async #updateSubmodules(): Promise<void> {
    const { isRecursive, hasLogin } = this.#source.submodules!
    const command = ['submodule', 'update', '--init', ...(isRecursive ? ['--recursive'] : [])]
    this.#tell(...command)
    const answer = await this.#git(command, hasLogin)
    this.#checked(command, answer)
  }

  async #config(name: string, value: string): Promise<void> {
    this.#tell('config', name, value)
    await this.#run('config', name, value)
  }

  #say(text: string): void {
    this.#call.say(text)
  }

  /** A command as the Git plugin tells it, with its own deadline. */
  #tell(...args: string[]): void {
    this.#say(` > git ${args.join(' ')} # timeout=10`)
  }

  async #run(...args: string[]): Promise<string> {
    return this.#checked(args, await this.#git(args))
  }

  #checked(args: string[], answer: ProgramAnswer): string {
    if (answer.code === 0) return answer.output.trim()
    throw hostError('hudson.plugins.git.GitException', failureOf(`git ${args.join(' ')}`, answer))
  }

  async #git(args: string[], hasLogin = true): Promise<ProgramAnswer> {
    const call = this.#call
    const login = hasLogin ? this.#login?.environment : undefined
    const env = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...login }
    const wish = { cwd: this.#folder, env, signal: call.signal }
    const answer = await nodeProgram(call, ['git', ...args], wish)
    if (call.signal.aborted) throw call.signal.reason
    if (answer) return answer
    throw abortException(`git is not on the PATH of ${call.scope.node!.name}`)
  }
}

/** Where a branch specifier is looked for, in the order of the Git plugin, and how it shows it. */
function namesOf(wanted: string): { ref: string; name: string }[] {
  if (/^[0-9a-f]{40}$/.test(wanted)) return [{ ref: wanted, name: 'detached' }]
  const tag = /^(?:refs\/)?(tags\/.+)$/.exec(wanted)?.[1]
  if (tag !== undefined) return [{ ref: `refs/${tag}`, name: `refs/${tag}` }]
  const branch = wanted.replace(/^(\*\*?\/|origin\/|refs\/heads\/|refs\/remotes\/origin\/)/, '')
  const remote = `refs/remotes/origin/${branch}`
  const others = branch === wanted ? [{ ref: branch, name: 'detached' }] : []
  return [{ ref: remote, name: remote }, ...others]
}

const failureOf = (command: string, { code, output, errors }: ProgramAnswer): string =>
  `Command "${command}" returned status code ${code}:\nstdout: ${output}\nstderr: ${errors}`
