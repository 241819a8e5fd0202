import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Zip, ZipDeflate } from 'fflate'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { antFiles, pathInWorkspace } from './workspace.ts'

/** Packs a folder (the current one unless told) into a file, piece by piece. */
export const zip: Step = {
  kind: 'leaf',
  positional: ['zipFile'],
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    if (args.flag('archive')) {
      throw abortException('zip: archive is not supported; follow it with archiveArtifacts')
    }
    const target = pathInWorkspace(scope, args.text('zipFile'))
    if (existsSync(target) && !args.flag('overwrite')) throw abortException(`${target} exists.`)
    const folder = pathInWorkspace(scope, args.optionalText('dir') ?? '.')
    if (!existsSync(folder)) throw abortException(`${folder} does not exist.`)
    const glob = args.optionalText('glob')
    const filter = glob ? ` filtered by [${glob}]` : ''
    call.say(`Writing zip file of ${folder}${filter} to ${target}`)
    const names = await antFiles(scope.inside(call.path, { folder }), {
      includes: glob ?? '**',
      excludes: args.optionalText('exclude'),
      hasDefaultExcludes: args.flag('defaultExcludes', true),
    })
    const wanted = names.filter((name) => join(folder, name) !== target)
    await pack(call, folder, wanted, target)
    call.say(`Zipped ${wanted.length} entries.`)
    return null
  },
}

/** Written beside its place and renamed, so that a half one is never found. */
async function pack(call: Call, folder: string, names: string[], target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const temporary = `${target}.part`
  const out = await open(temporary, 'w')
  try {
    const pieces: Uint8Array[] = []
    const archive = new Zip((error, piece) => {
      if (error) throw error
      pieces.push(piece)
    })
    const flush = async () => {
      for (const piece of pieces.splice(0)) await out.write(piece)
    }
    for (const name of names) {
      const entry = new ZipDeflate(name, { level: 6 })
      archive.add(entry)
      for await (const piece of createReadStream(join(folder, name))) {
        call.signal.throwIfAborted()
        entry.push(piece as Uint8Array, false)
        await flush()
      }
      entry.push(new Uint8Array(0), true)
      await flush()
    }
    archive.end()
    await flush()
    await out.sync()
  } finally {
    await out.close()
  }
  await rename(temporary, target)
  await rm(temporary, { force: true })
}
