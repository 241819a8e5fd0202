import { createReadStream, existsSync, statSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Zip, ZipDeflate } from 'fflate'
import { createGzip } from 'node:zlib'
import { once } from 'node:events'
import type { Call, Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { archiveFiles } from './archive.ts'
import { tarEnd, tarHeader, tarPadding } from './tar-format.ts'
import { antFiles, pathInWorkspace } from './workspace.ts'

type Write = (piece: Uint8Array) => Promise<unknown>
type Packer = (call: Call, folder: string, names: string[], write: Write) => Promise<void>

/** `zip zipFile: 'x.zip'` and `tar file: 'x.tgz'`, which differ only in what they write. */
function compressing(argument: string, packer: (call: Call) => Packer): Step {
  return {
    kind: 'leaf',
    positional: [argument],
    needsNode: true,
    async run(call) {
      const { args, scope } = call
      const named = args.optionalText('file') ?? args.text(argument)
      const target = pathInWorkspace(scope, named)
      const folder = sourceFolder(call)
      if (existsSync(target) && !args.flag('overwrite')) throw ioError(`${target} exists.`)
      const glob = args.optionalText('glob')
      const exclude = args.optionalText('exclude')
      const isFiltered = Boolean(glob) || Boolean(exclude)
      const filter = isFiltered ? ` filtered by [${glob ?? 'null'}] - [${exclude ?? 'null'}]` : ''
      call.say(`Compress ${folder}${filter} to ${target}`)
      const found = await antFiles(scope.inside(call.path, { folder }), {
        includes: glob || '**',
        excludes: exclude,
        hasDefaultExcludes: args.flag('defaultExcludes', true),
      })
      const names = found.filter((name) => join(folder, name) !== target)
      await writeWhole(target, (write) => packer(call)(call, folder, names, write))
      call.say(`Compressed ${names.length} entries.`)
      if (args.flag('archive')) await archive(call, target)
      return null
    },
  }
}

function sourceFolder({ args, scope }: Call): string {
  const folder = pathInWorkspace(scope, args.optionalText('dir') || '.')
  if (!existsSync(folder)) throw ioError(`${folder} does not exist.`)
  if (!statSync(folder).isDirectory()) throw ioError(`${folder} is not a directory.`)
  return folder
}

export const ioError = (text: string) => hostError('java.io.IOException', text)

async function archive(call: Call, target: string): Promise<void> {
  call.say(`Archiving ${target}`)
  const folder = call.scope.folder!
  await archiveFiles(call, folder, [relative(folder, target)], (name) => name)
}

/** Written beside its place and renamed, so that a half one is never found. */
async function writeWhole(target: string, fill: (write: Write) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const temporary = `${target}.part`
  const out = await open(temporary, 'w')
  try {
    await fill((piece) => out.write(piece))
    await out.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await out.close()
  }
  await rename(temporary, target)
}

const packZip: Packer = async (call, folder, names, write) => {
  const pieces: Uint8Array[] = []
  const archive = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  const flush = async () => {
    for (const piece of pieces.splice(0)) await write(piece)
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
}

const packTar: Packer = async (call, folder, names, write) => {
  for (const name of names) {
    const { size, mtimeMs, mode } = await stat(join(folder, name))
    await write(tarHeader({ name, size, mode: mode & 0o777, mtimeMs }))
    // No further than its header says: the file may grow meanwhile.
    let left = size
    for await (const piece of createReadStream(join(folder, name))) {
      call.signal.throwIfAborted()
      const part = (piece as Buffer).subarray(0, left)
      left -= part.length
      await write(part)
    }
    await write(Buffer.alloc(left))
    await write(tarPadding(size))
  }
  await write(tarEnd)
}

const packTarGz: Packer = async (call, folder, names, write) => {
  const gzip = createGzip()
  const written = (async () => {
    for await (const piece of gzip) await write(piece as Buffer)
  })()
  const push: Write = async (piece) => gzip.write(piece) || once(gzip, 'drain')
  await packTar(call, folder, names, push)
  gzip.end()
  await written
}

export const zip = compressing('zipFile', () => packZip)
export const tar = compressing('file', ({ args }) =>
  args.flag('compress', true) ? packTarGz : packTar,
)
