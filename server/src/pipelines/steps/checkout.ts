import { abortException, type Call, fromJson, type Step, SYMBOL, toJson } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { sourceOf as jobSource } from '../model.ts'
import { checkOut, type GitSource, NO_REVISION } from './git-checkout.ts'
import { placeOf } from './machine.ts'
import { reachedBy } from './program-environment.ts'

const NO_SCM =
  '‘checkout scm’ is only available when using “Multibranch Pipeline” or “Pipeline script from SCM”'

export const checkout: Step = {
  kind: 'own',
  positional: ['scm'],
  needsNode: true,
  run: async (call) => run(call, await describedSource(call, toJson(call.args.value('scm')))),
}

export const gitStep: Step = {
  kind: 'own',
  positional: ['url'],
  needsNode: true,
  async run(call) {
    const { args } = call
    // Without a remote repository the Git plugin finds nothing to fetch, and then nothing to build.
    if (!args.has('url')) throw abortException(NO_REVISION)
    const wanted = args.optionalText('branch') ?? 'master'
    const place = await placeOfUrl(call, args.text('url'))
    const credentialsId = args.optionalText('credentialsId')
    return run(call, { ...place, wanted, localBranch: wanted, credentialsId })
  },
}

async function run(call: Call, source: GitSource): Promise<Value> {
  const answer = await call.once(async () => fromJson(await checkOut(call, source)))
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
  userRemoteConfigs?: { url: string; credentialsId?: string | null }[]
  extensions?: Record<string, unknown>[]
}

async function describedSource(call: Call, given: unknown): Promise<GitSource> {
  const description = (given ?? {}) as ScmDescription
  const { record } = call.session
  const own = ownUrl(call)
  const { url = own, credentialsId } = description.userRemoteConfigs?.[0] ?? {}
  const extensions = await extensionsOf(call, description.extensions ?? [])
  const settings = { ...extensions, credentialsId: credentialsId ?? undefined }
  if (description.commit !== undefined && url === own) {
    const { branch } = jobSource(record)
    const place = await ownPlace(call)
    return { ...place, ...settings, wanted: branch, commit: record.commit_sha }
  }
  const wanted = description.branches?.[0]?.name ?? '**'
  return { ...(await placeOfUrl(call, url)), ...settings, wanted }
}

type Extensions = Pick<GitSource, 'folder' | 'localBranch' | 'cleaned' | 'depth' | 'submodules'>

/** What the extensions of a GitSCM come to; those that would change nothing here are left out. */
async function extensionsOf(call: Call, given: Record<string, unknown>[]): Promise<Extensions> {
  const found: Extensions = {}
  for (const extension of given) {
    const kind = String(extension[SYMBOL] ?? '').replace(/^.*\./, '')
    const read = extensionReaders[kind.toLowerCase()]
    if (read) Object.assign(found, await read(extension, call))
    else call.say(`The extension ${kind} of the Git plugin has no effect here`)
  }
  return found
}

type Extension = Record<string, unknown>
type ExtensionReader = (given: Extension, call: Call) => Extensions | Promise<Extensions>

const cloneOption: ExtensionReader = ({ shallow, depth }) =>
  shallow === true ? { depth: Math.max(1, Number(depth ?? 1)) } : {}
const cleaned: ExtensionReader = () => ({ cleaned: true })
const submodules: ExtensionReader = (given) => {
  const { disableSubmodules, recursiveSubmodules, parentCredentials } = given
  if (disableSubmodules === true) return {}
  const [isRecursive, hasLogin] = [recursiveSubmodules === true, parentCredentials === true]
  return { submodules: { isRecursive, hasLogin } }
}

/** By class or symbol, in lower case. */
const extensionReaders: Record<string, ExtensionReader> = {
  relativetargetdirectory: async ({ relativeTargetDir }, call) => ({
    folder: await placeOf(call, String(relativeTargetDir ?? '')),
  }),
  localbranch: ({ localBranch }) => ({ localBranch: String(localBranch ?? '**') }),
  cleanbeforecheckout: cleaned,
  cleancheckout: cleaned,
  cleanaftercheckout: cleaned,
  cloneoption: cloneOption,
  submoduleoption: submodules,
  submodule: submodules,
  // All branches are fetched by force, and each run's changes come from the commits themselves.
  prunestalebranch: () => ({}),
  changelogtobranch: () => ({}),
  checkoutoption: () => ({}),
}

async function placeOfUrl(call: Call, url: string): Promise<Pick<GitSource, 'url' | 'from'>> {
  return url === ownUrl(call) ? ownPlace(call) : { url, from: url }
}

/** This machine reads the repository's folder; an agent fetches it as the run. */
async function ownPlace(call: Call): Promise<Pick<GitSource, 'url' | 'from'>> {
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
