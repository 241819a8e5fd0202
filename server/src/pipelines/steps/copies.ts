import { basename, join } from 'node:path'
import type { Artifact } from '@madang/api'
import { antTest } from '../agents/index.ts'
import { abortException, type Call, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { artifactVersion, isWorse } from '../model.ts'
import type { RunRow } from '../tables.ts'
import { archiveFiles } from './archive.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'

async function archived(call: Call, row: RunRow): Promise<Artifact[]> {
  const { registry } = call.session.parts
  const found: Artifact[] = []
  let cursor: string | undefined
  do {
    const filter = { name: row.repo, version: artifactVersion(row), limit: 200, cursor }
    const page = await registry.artifactList(row.project, filter)
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

async function bring(call: Call, artifact: Artifact, target: string): Promise<void> {
  const path = await placeOf(call, target)
  const bytes = await call.session.parts.registry.artifactRead(artifact)
  await filesOf(call).write(path, untilAborted(bytes, call.signal))
}

async function* untilAborted(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  for await (const piece of bytes) {
    signal.throwIfAborted()
    yield piece
  }
}

/** `copyArtifacts projectName: 'other/main', filter: '…'`: files archived by another job's run. */
export const copyArtifacts: Step = {
  kind: 'leaf',
  positional: ['projectName'],
  needsNode: true,
  async run(call) {
    const { args, session } = call
    const name = args.text('projectName')
    const row = await session.parts.jobs.find(session.record, name, chooser(call))
    if (!row) return missing(call, `Unable to find a build for artifact copy from: ${name}`)
    const fits = antTest(args.optionalText('filter') ?? '**')
    const leaves = antTest(args.optionalText('excludes') ?? '')
    const all = await archived(call, row)
    const wanted = all.filter(({ path }) => fits(path) && !leaves(path))
    if (wanted.length === 0) {
      const from = `${row.repo} » ${row.branch}`
      return missing(
        call,
        `Failed to copy artifacts from ${from} with filter: ${args.optionalText('filter') ?? ''}`,
      )
    }
    const folder = args.optionalText('target') ?? '.'
    for (const artifact of wanted) {
      const path = args.flag('flatten') ? basename(artifact.path) : artifact.path
      await bring(call, artifact, join(folder, path))
    }
    const count = `${wanted.length} artifact${wanted.length === 1 ? '' : 's'}`
    call.say(`Copied ${count} from "${row.repo} » ${row.branch}" build number ${row.number}`)
    return null
  },
}

function missing(call: Call, text: string): null {
  if (!call.args.flag('optional')) throw abortException(text)
  call.say(text)
  return null
}

/** `lastSuccessful()`, `specific('3')`, `lastCompleted()`. */
function chooser({ args }: Call): (row: RunRow) => boolean {
  const selector = (toJson(args.value('selector')) ?? {}) as Record<string, unknown>
  const kind = String(selector[SYMBOL] ?? 'lastSuccessful').replace(/^.*[.$]/, '')
  if (/^specific/i.test(kind)) {
    const number = Number(selector['buildNumber'])
    return (row) => row.number === number
  }
  if (/^lastCompleted|^lastBuild/i.test(kind)) return (row) => row.result !== null
  const worst = selector['stable'] === true ? 'SUCCESS' : 'UNSTABLE'
  return (row) => row.result !== null && !isWorse(row.result, worst)
}

/** `unarchive mapping: ['a.txt': 'in/']`: files that this run has archived. */
export const unarchive: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const all = await archived(call, call.session.record)
    const mapping = call.args.members('mapping')
    const entries = mapping.length > 0 ? mapping : ([['**', '.']] as [string, string][])
    for (const [pattern, target] of entries) {
      const fits = antTest(pattern)
      const found = all.filter(({ path }) => fits(path))
      if (found.length === 0) {
        throw abortException(`no artifacts to unarchive in ${call.session.record.repo}: ${pattern}`)
      }
      const isFile = !/[*?]/.test(pattern) && !String(target).endsWith('/') && target !== '.'
      for (const artifact of found) {
        await bring(call, artifact, isFile ? String(target) : join(String(target), artifact.path))
      }
    }
    return null
  },
}

/** Keeps a folder of pages with the run's artifacts, under the report's name. */
export const publishHTML: Step = {
  kind: 'leaf',
  positional: ['target'],
  needsNode: true,
  async run(call) {
    const { args, scope, session } = call
    const given = (toJson(args.value('target')) ?? {}) as Record<string, unknown>
    const read = (name: string) => given[name] ?? toJson(args.value(name))
    const dir = String(read('reportDir') ?? '')
    const name = String(read('reportName') ?? 'HTML Report')
    const folder = await placeOf(call, dir)
    const level = read('keepAll') === true ? 'BUILD' : 'PROJECT'
    call.say('[htmlpublisher] Archiving HTML reports...')
    call.say(`[htmlpublisher] Archiving at ${level} level ${folder} to ${sanitized(name)}`)
    if (!(await filesOf(call).stat(folder))) {
      call.say(`ERROR: Specified HTML directory '${folder}' does not exist.`)
      if (read('allowMissing') === true) return null
      session.worsen('FAILURE')
      session.stages.worsen(scope.stage, 'FAILURE')
      return null
    }
    const includes = String(read('includes') ?? '**/*')
    const names = (await filesIn(call, { includes }, folder)).map(({ path }) => path)
    await archiveFiles(call, folder, names, (file) => `reports/${name}/${file}`)
    return null
  },
}

/** A report's name as the plugin makes a folder of it: `My Report` is `My_20Report`. */
const sanitized = (name: string) =>
  Array.from(Buffer.from(name), (byte) => {
    const letter = String.fromCharCode(byte)
    return /[\w-]/.test(letter) ? letter : `_${byte.toString(16)}`
  }).join('')
