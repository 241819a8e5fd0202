import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Actor } from '../../kernel/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { artifactVersion, sourceOf } from '../model.ts'
import { antFiles } from './workspace.ts'

export const archiveArtifacts: Step = {
  kind: 'leaf',
  positional: ['artifacts'],
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    const includes = args.text('artifacts')
    call.say('Archiving artifacts')
    const names = await antFiles(scope, {
      includes,
      excludes: args.optionalText('excludes'),
      hasDefaultExcludes: args.flag('defaultExcludes', true),
    })
    const isWanted =
      !args.flag('onlyIfSuccessful') || (call.session.result ?? 'SUCCESS') === 'SUCCESS'
    if (names.length === 0) return nothingFound(call, includes)
    if (isWanted) await archiveFiles(call, scope.folder!, names, (name) => name)
    return null
  },
}

function nothingFound(call: Call, includes: string): null {
  const text = `No artifacts found that match the file pattern "${includes}". Configuration error?`
  if (!call.args.flag('allowEmptyArchive')) throw abortException(text)
  call.say(text)
  return null
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
      bytes: createReadStream(join(folder, name)),
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
