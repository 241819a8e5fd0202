import { join } from 'node:path'
import type { RunResult } from '@madang/api'
import { type Call, type Step, toJson } from '../engine/index.ts'
import { filesIn, filesOf } from './machine.ts'
import { temporaryFolder } from './workspace.ts'

const SWITCHES: Record<RunResult, string> = {
  SUCCESS: 'cleanWhenSuccess',
  UNSTABLE: 'cleanWhenUnstable',
  FAILURE: 'cleanWhenFailure',
  NOT_BUILT: 'cleanWhenNotBuilt',
  ABORTED: 'cleanWhenAborted',
}

const tell = (call: Call, text: string) => call.say(`[WS-CLEANUP] ${text}`)

/** `cleanWs()`: empties the workspace, or takes from it what fits the patterns. */
export const cleanWs: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const { args, scope, session } = call
    const { shownResult } = session
    // A folder that is gone already is not spoken of.
    if (!(await filesOf(call).stat(scope.folder!))) return null
    tell(call, 'Deleting project workspace...')
    if (shownResult && !args.flag(SWITCHES[shownResult], true)) {
      tell(call, `Skipped based on build state ${shownResult}`)
      return null
    }
    const patterns = patternsOf(call)
    if (patterns.length > 0) await removeFitting(call, patterns)
    else {
      const isOff = args.flag('disableDeferredWipeout')
      const how = isOff ? 'is disabled by the job configuration...' : 'is used...'
      tell(call, `Deferred wipeout ${how}`)
      await filesOf(call).remove(scope.folder!)
      if (scope.folder === scope.node!.workspace) await filesOf(call).remove(temporaryFolder(scope))
    }
    tell(call, 'done')
    return null
  },
}

interface Pattern {
  pattern?: string
  type?: string
}

const patternsOf = ({ args }: Call): Pattern[] => {
  const given = toJson(args.value('patterns'))
  return Array.isArray(given) ? (given as Pattern[]) : []
}

async function removeFitting(call: Call, patterns: Pattern[]): Promise<void> {
  const { args, scope } = call
  const masks = (type: string) =>
    patterns.filter((each) => (each.type ?? 'INCLUDE') === type).map((each) => each.pattern ?? '')
  const [includes, excludes] = [masks('INCLUDE'), masks('EXCLUDE')]
  const fitting = (mask: string[]) =>
    filesIn(call, {
      includes: mask.join(',') || '**',
      ...(excludes.length > 0 && { excludes: excludes.join(',') }),
      hasDefaultExcludes: false,
    })
  for (const { path } of await fitting(includes))
    await filesOf(call).remove(join(scope.folder!, path))
  if (!args.flag('deleteDirs')) return
  // Without wildcards a pattern may name a folder, which goes as a whole.
  for (const mask of includes.filter((each) => !/[*?]/.test(each))) {
    await filesOf(call).remove(join(scope.folder!, mask))
  }
}
