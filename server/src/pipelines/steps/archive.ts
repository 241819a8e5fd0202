import { join } from 'node:path'
import type { Actor } from '../../kernel/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { artifactVersion, sourceOf } from '../model.ts'
import { filesIn, filesOf } from './machine.ts'

const NO_PATTERN =
  'No artifacts are configured for archiving.\n' +
  'You probably forgot to set the file pattern, ' +
  'so please go back to the configuration and specify it.\n' +
  'If you really did mean to archive all the files in the workspace, please specify "**"'

export const archiveArtifacts: Step = {
  kind: 'leaf',
  positional: ['artifacts'],
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    const includes = args.text('artifacts').trim()
    if (includes === '') throw abortException(NO_PATTERN)
    call.say('Archiving artifacts')
    const found = await filesIn(call, {
      includes,
      excludes: args.optionalText('excludes'),
      hasDefaultExcludes: args.flag('defaultExcludes', true),
    })
    const names = found.map(({ path }) => path)
    const isWanted =
      !args.flag('onlyIfSuccessful') || (call.session.result ?? 'SUCCESS') === 'SUCCESS'
    if (names.length === 0) return nothingFound(call, includes)
    if (isWanted) await archiveFiles(call, scope.folder!, names, (name) => name)
    if (args.flag('fingerprint')) call.say('Recording fingerprints')
    return null
  },
}

async function nothingFound(call: Call, includes: string): Promise<null> {
  call.say(await whyNothing(call, includes))
  const text = `No artifacts found that match the file pattern "${includes}". Configuration error?`
  if (!call.args.flag('allowEmptyArchive')) throw abortException(text)
  call.say(text)
  return null
}

/** As Jenkins checks a pattern that found nothing: which part of it is there, or where it is instead. */
async function whyNothing(call: Call, includes: string): Promise<string> {
  const has = async (mask: string) => (await filesIn(call, { includes: mask })).length > 0
  const [mask = ''] = includes.split(/ *, */)
  for (let rest = mask; rest.includes('/');) {
    rest = rest.slice(rest.indexOf('/') + 1)
    if (rest !== '' && (await has(rest))) {
      return `‘${mask}’ doesn’t match anything, but ‘${rest}’ does. Perhaps that’s what you mean?`
    }
  }
  let previous: string | undefined
  let part = mask
  for (;;) {
    if ((await has(part)) || (await has(`${part}/**`))) {
      return previous === undefined
        ? `‘${mask}’ doesn’t match anything, although ‘${part}’ exists`
        : `‘${mask}’ doesn’t match anything: ‘${part}’ exists but not ‘${previous}’`
    }
    const at = part.lastIndexOf('/')
    if (at < 0) break
    previous = part
    part = part.slice(0, at)
  }
  if (part === mask) return `‘${mask}’ doesn’t match anything`
  return `‘${mask}’ doesn’t match anything: even ‘${part}’ doesn’t exist`
}

/** The step of old: it is content with nothing. */
export const archive: Step = {
  kind: 'leaf',
  positional: ['includes'],
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    const includes = args.text('includes')
    const found = await filesIn(call, { includes, excludes: args.optionalText('excludes') })
    if (found.length === 0) {
      call.say(`No files found to archive for pattern "${includes}"; continuing.`)
      return null
    }
    const names = found.map(({ path }) => path)
    await archiveFiles(call, scope.folder!, names, (name) => name)
    return null
  },
}

/** What Jenkins would know a file by later; here the registry does. */
export const fingerprint: Step = {
  kind: 'leaf',
  positional: ['targets'],
  needsNode: true,
  async run(call) {
    call.say('Recording fingerprints')
    return null
  },
}

/** Keeps files of a folder with the run, each under the path that `pathOf` gives it. */
export async function archiveFiles(
  call: Call,
  folder: string,
  names: string[],
  pathOf: (name: string) => string,
): Promise<void> {
  const { session } = call
  const { project, repo, id, commit_sha } = session.record
  const source = sourceOf(session.record).repo
  for (const name of names) {
    call.signal.throwIfAborted()
    await session.parts.registry.artifactPut(runActor(call), {
      project,
      name: repo,
      version: artifactVersion(session.record),
      path: pathOf(name),
      runId: id,
      ...(source !== null && { repo: source, commit: commit_sha }),
      bytes: filesOf(call).read(join(folder, name)),
      replace: true,
    })
  }
}

/** The run as the one who does it. */
export function runActor({ session }: Call): Actor {
  const { id, project, repo, branch, number } = session.record
  return {
    kind: 'run',
    id: `run:${id}`,
    name: `${repo}/${branch} #${number}`,
    isAdministrator: false,
    scopes: ['read', 'write'],
    project,
  }
}
