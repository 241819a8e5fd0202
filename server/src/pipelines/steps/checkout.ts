import { join } from 'node:path'
import { abortException, type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { hostError, type Value } from '../groovy/index.ts'
import { sourceOf as jobSource } from '../model.ts'
import { filesOf } from './machine.ts'
import { nodeProgram, type ProgramAnswer } from './node-program.ts'
import { reachedBy } from './program-environment.ts'

interface Source {
  /** What `origin` is called in the workspace. */
  url: string
  /** Where to fetch from: this server's own repositories are read from their folder. */
  from: string
  /** Commit, or branch of the source. */
  revision: string
  branch: string
}

const NO_SCM =
  '‘checkout scm’ is only available when using “Multibranch Pipeline” or “Pipeline script from SCM”'

const NO_REVISION =
  "Couldn't find any revision to build. Verify the repository and branch configuration for this job."

export const checkout: Step = {
  kind: 'own',
  positional: ['scm'],
  needsNode: true,
  run: async (call) => checkOut(call, await sourceOf(call, toJson(call.args.value('scm')))),
}

export const gitStep: Step = {
  kind: 'own',
  positional: ['url'],
  needsNode: true,
  async run(call) {
    const { args } = call
    // Without a remote repository the Git plugin finds nothing to fetch, and then nothing to build.
    if (!args.has('url')) throw abortException(NO_REVISION)
    const branch = args.optionalText('branch') ?? 'master'
    return checkOut(call, await foreignSource(call, args.text('url'), branch))
  },
}

async function checkOut(call: Call, source: Source): Promise<Value> {
  const answer = await call.once(async () => fromJson(await fetchAndCheckOut(call, source)))
  const variables = toJson(answer) as Record<string, string>
  for (const [name, value] of Object.entries(variables)) {
    // As the Git plugin has it: known to the whole run from the first checkout on.
    if (call.session.environment.get(name) === undefined) {
      call.session.environment.set(name, value)
    }
  }
  return answer
}

interface ScmDescription {
  commit?: string
  branches?: { name: string }[]
  userRemoteConfigs?: { url: string }[]
}

async function sourceOf(call: Call, given: unknown): Promise<Source> {
  const description = (given ?? {}) as ScmDescription
  const { record } = call.session
  const own = ownUrl(call)
  const url = description.userRemoteConfigs?.[0]?.url ?? own
  const branch = description.branches?.[0]?.name.replace(/^(\*\/|origin\/|refs\/heads\/)/, '')
  if (description.commit !== undefined && url === own) {
    const { branch: name } = jobSource(record)
    return { ...(await ownSource(call)), revision: record.commit_sha, branch: name }
  }
  return foreignSource(call, url, branch ?? 'master')
}

async function foreignSource(call: Call, url: string, branch: string): Promise<Source> {
  const place = url === ownUrl(call) ? await ownSource(call) : { url, from: url }
  return { ...place, revision: branch, branch }
}

/** This machine reads the repository's folder; an agent fetches it as the run. */
async function ownSource(call: Call): Promise<Pick<Source, 'url' | 'from'>> {
  const { scope, session } = call
  const agent = scope.node?.agent
  const from = await repoPath(call)
  if (!agent) return { url: ownUrl(call), from }
  const url = reachedBy(agent, session.parts.originUrl(), ownUrl(call))
  return { url, from: url }
}

function ownUrl({ session }: Call): string {
  const { repo } = jobSource(session.record)
  return `${session.parts.originUrl()}/git/${session.record.project}/${repo}.git`
}

function repoPath({ session }: Call): Promise<string> {
  const { repo } = jobSource(session.record)
  if (repo === null) throw abortException(NO_SCM)
  return session.parts.code.repoPath(session.record.project, repo)
}

async function fetchAndCheckOut(call: Call, source: Source): Promise<Record<string, string>> {
  const cwd = call.scope.folder!
  const files = filesOf(call)
  await files.makeFolder(cwd)
  const run = async (...args: string[]) => {
    const answer = await gitOf(call, args)
    if (answer.code === 0) return answer.output.trim()
    throw hostError('hudson.plugins.git.GitException', failureOf(`git ${args.join(' ')}`, answer))
  }
  const isClone = !(await files.stat(join(cwd, '.git')))
  if (!isClone) call.say('Fetching changes from the remote Git repository')
  else {
    call.say(`Cloning repository ${source.url}`)
    await run('init', '-q', '.')
  }
  await files.remove(join(cwd, '.git', 'index.lock'))
  await run('config', 'remote.origin.url', source.url)
  await run('config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*')
  call.say(`Fetching upstream changes from ${source.url}`)
  await fetch(call, source, isClone)
  const sha = await run('rev-parse', 'FETCH_HEAD^{commit}')
  await run('update-ref', `refs/remotes/origin/${source.branch}`, sha)
  call.say(`Checking out Revision ${sha} (${source.branch})`)
  await run('checkout', '-q', '-f', '--detach', sha)
  if (await files.stat(join(cwd, '.gitmodules'))) {
    call.say('The repository has submodules; fetch them with sh "git submodule update --init"')
  }
  call.say(`Commit message: "${await run('log', '-1', '--format=%s')}"`)
  const previous = call.session.record.before_sha
  return {
    GIT_COMMIT: sha,
    GIT_BRANCH: source.branch,
    GIT_LOCAL_BRANCH: source.branch,
    GIT_URL: source.url,
    ...(previous === null ? {} : { GIT_PREVIOUS_COMMIT: previous }),
  }
}

/** Only the revision is fetched; a failure is told as that of the Git plugin's fetch of all branches. */
async function fetch(call: Call, source: Source, isClone: boolean): Promise<void> {
  const { url, from, revision } = source
  const args = ['-c', 'protocol.version=2', 'fetch', '-q', '--force', from, revision]
  const answer = await gitOf(call, args)
  if (answer.code === 0) return
  if (answer.errors.includes("couldn't find remote ref")) throw abortException(NO_REVISION)
  const refs = '+refs/heads/*:refs/remotes/origin/*'
  const reason = failureOf(`git fetch --tags --force --progress -- ${url} ${refs}`, answer)
  const failure = `Error ${isClone ? 'cloning' : 'fetching'} remote repo 'origin'`
  call.say(`ERROR: ${failure}`)
  // A clone tells of the command alone, a later fetch of what it was for and then of the command.
  if (!isClone) call.say(`hudson.plugins.git.GitException: Failed to fetch from ${url}`)
  call.say(`${isClone ? '' : 'Caused by: '}hudson.plugins.git.GitException: ${reason}`)
  throw abortException(failure)
}

const failureOf = (command: string, { code, output, errors }: ProgramAnswer): string =>
  `Command "${command}" returned status code ${code}:\nstdout: ${output}\nstderr: ${errors}`

async function gitOf(call: Call, args: string[]): Promise<ProgramAnswer> {
  const env = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  const cwd = call.scope.folder!
  const answer = await nodeProgram(call, ['git', ...args], { cwd, env, signal: call.signal })
  if (call.signal.aborted) throw call.signal.reason
  if (answer) return answer
  throw abortException(`git is not on the PATH of ${call.scope.node!.name}`)
}
