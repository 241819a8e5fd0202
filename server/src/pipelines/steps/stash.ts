import { createReadStream, existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type FoundFile, localFiles } from '../agents/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'

export const stash: Step = {
  kind: 'leaf',
  positional: ['name'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const files = await filesIn(call, {
      includes: args.optionalText('includes') ?? '**',
      excludes: args.optionalText('excludes'),
      hasDefaultExcludes: args.flag('useDefaultExcludes', true),
    })
    const name = args.text('name')
    const folder = stashFolder(call, name)
    if (existsSync(folder)) call.say(`Warning: overwriting stash ‘${name}’`)
    if (files.length === 0 && !args.flag('allowEmpty')) {
      throw abortException(`No files included in stash ‘${name}’`)
    }
    const fresh = `${folder}.new`
    await rm(fresh, { recursive: true, force: true })
    await keepAll(call, fresh, files)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
    call.say(`Stashed ${files.length} file(s)`)
    return null
  },
}

export const unstash: Step = {
  kind: 'leaf',
  positional: ['name'],
  needsNode: true,
  async run(call) {
    const name = call.args.text('name')
    const folder = stashFolder(call, name)
    if (!existsSync(folder)) throw abortException(`No such saved stash ‘${name}’`)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    await bringAll(call, folder, names)
    return null
  },
}

function stashFolder(call: Call, name: string): string {
  return call.session.file('stashes', `s-${encodeURIComponent(name).replaceAll('.', '%2e')}`)
}

/** On this machine files are copied by the system; from an agent their bytes come. */
async function keepAll(call: Call, to: string, files: FoundFile[]): Promise<void> {
  const { folder, node } = call.scope
  await mkdir(to, { recursive: true })
  for (const { path, mode } of files) {
    const [from, target] = [join(folder!, path), join(to, path)]
    if (node!.agent) await localFiles.write(target, filesOf(call).read(from), { mode })
    else await copy(from, target)
  }
}

async function bringAll(call: Call, from: string, names: string[]): Promise<void> {
  const { folder, node } = call.scope
  for (const name of names) await placeOf(call, name)
  for (const name of names) {
    const [kept, target] = [join(from, name), join(folder!, name)]
    const mode = (await stat(kept)).mode & 0o7777
    if (node!.agent) await filesOf(call).write(target, createReadStream(kept), { mode })
    else await copy(kept, target)
  }
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to)
  await chmod(to, (await stat(from)).mode)
}
