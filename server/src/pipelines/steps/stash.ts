import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { antFiles, pathInWorkspace } from './workspace.ts'

export const stash: Step = {
  kind: 'leaf',
  positional: ['name'],
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    const names = await antFiles(scope, {
      includes: args.optionalText('includes') ?? '**',
      excludes: args.optionalText('excludes'),
      hasDefaultExcludes: args.flag('useDefaultExcludes', true),
    })
    if (names.length === 0 && !args.flag('allowEmpty')) {
      throw abortException(`No files included in stash ‘${args.text('name')}’`)
    }
    const folder = stashFolder(call, args.text('name'))
    const fresh = `${folder}.new`
    await rm(fresh, { recursive: true, force: true })
    await copyAll(scope.folder!, fresh, names)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
    call.say(`Stashed ${names.length} file(s)`)
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
    for (const file of names) pathInWorkspace(call.scope, file)
    await copyAll(folder, call.scope.folder!, names)
    return null
  },
}

function stashFolder(call: Call, name: string): string {
  return call.session.file('stashes', `s-${encodeURIComponent(name).replaceAll('.', '%2e')}`)
}

async function copyAll(from: string, to: string, names: string[]): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of names) {
    const target = join(to, name)
    await mkdir(dirname(target), { recursive: true })
    await copyFile(join(from, name), target)
    await chmod(target, (await stat(join(from, name))).mode)
  }
}
