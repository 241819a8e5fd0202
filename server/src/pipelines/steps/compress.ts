import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Zip, ZipDeflate } from 'fflate'
import { pack, type Pack } from 'tar-stream'
import type { FoundFile } from '../agents/index.ts'
import type { Call, Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { archiveFiles } from './archive.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'

/** The bytes of an archive of the files of a folder. */
type Packer = (call: Call, folder: string, files: FoundFile[]) => AsyncIterable<Uint8Array>

/** `zip zipFile: 'x.zip'` and `tar file: 'x.tgz'`, which differ only in what they write. */
function compressing(argument: string, packer: (call: Call) => Packer): Step {
  return {
    kind: 'leaf',
    positional: [argument],
    needsNode: true,
    async run(call) {
      const { args } = call
      const name = args.optionalText('file') ?? args.optionalText(argument)
      if (name?.trim() === '') {
        throw hostError('hudson.model.Descriptor$FormException', 'Can not be empty')
      }
      const target = await placeOf(call, name ?? args.path(argument))
      const folder = await sourceFolder(call)
      if (!args.flag('overwrite') && (await filesOf(call).stat(target))) {
        throw ioError(`${target} exists.`)
      }
      const glob = args.optionalText('glob')
      const exclude = args.optionalText('exclude')
      const isFiltered = Boolean(glob) || Boolean(exclude)
      const filter = isFiltered ? ` filtered by [${glob ?? 'null'}] - [${exclude ?? 'null'}]` : ''
      call.say(`Compress ${folder}${filter} to ${target}`)
      const patterns = {
        includes: glob || '**',
        excludes: exclude,
        hasDefaultExcludes: args.flag('defaultExcludes', true),
      }
      const found = await filesIn(call, patterns, folder)
      const files = found.filter(({ path }) => join(folder, path) !== target)
      await filesOf(call).write(target, packer(call)(call, folder, files))
      call.say(`Compressed ${files.length} entries.`)
      if (args.flag('archive')) await archive(call, target)
      return null
    },
  }
}

async function sourceFolder(call: Call): Promise<string> {
  const folder = await placeOf(call, call.args.optionalText('dir') || '.')
  const facts = await filesOf(call).stat(folder)
  if (!facts) throw ioError(`${folder} does not exist.`)
  if (!facts.isFolder) throw ioError(`${folder} is not a directory.`)
  return folder
}

export const ioError = (text: string) => hostError('java.io.IOException', text)

async function archive(call: Call, target: string): Promise<void> {
  call.say(`Archiving ${target}`)
  const folder = call.scope.folder!
  await archiveFiles(call, folder, [relative(folder, target)], (name) => name)
}

const packZip: Packer = async function* (call, folder, files) {
  const pieces: Uint8Array[] = []
  const archive = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  for (const { path } of files) {
    const entry = new ZipDeflate(path, { level: 6 })
    archive.add(entry)
    for await (const piece of filesOf(call).read(join(folder, path))) {
      call.signal.throwIfAborted()
      entry.push(piece, false)
      yield* pieces.splice(0)
    }
    entry.push(new Uint8Array(0), true)
    yield* pieces.splice(0)
  }
  archive.end()
  yield* pieces
}

const packTar: Packer = async function* (call, folder, files) {
  const tar = pack()
  // A failure ends the stream that is read here, and is thrown by it.
  void fillTar(tar, { call, folder, files }).catch((error: unknown) => tar.destroy(error as Error))
  yield* tar as AsyncIterable<Uint8Array>
}

async function fillTar(
  tar: Pack,
  { call, folder, files }: { call: Call; folder: string; files: FoundFile[] },
): Promise<void> {
  for (const { path, size, modifiedMs, mode } of files) {
    const header = { name: path, size, mode: mode & 0o777, mtime: new Date(modifiedMs) }
    const content = exactly(size, filesOf(call).read(join(folder, path)), call.signal)
    await pipeline(Readable.from(content), tar.entry(header))
  }
  tar.finalize()
}

const HOLE = Buffer.alloc(64 * 1024)

/** As many bytes as a header has said: the file may grow or shrink meanwhile. */
async function* exactly(
  size: number,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const piece of source) {
    signal.throwIfAborted()
    const part = piece.subarray(0, left)
    left -= part.length
    yield part
    if (left === 0) break
  }
  for (; left > 0; left -= Math.min(left, HOLE.length)) yield HOLE.subarray(0, left)
}

const packTarGz: Packer = async function* (call, folder, files) {
  const gzip = createGzip()
  const source = Readable.from(packTar(call, folder, files), { objectMode: false })
  // A failure of the source destroys the stream that is read here, and is thrown by it.
  const packed = pipeline(source, gzip).catch(() => undefined)
  yield* gzip as AsyncIterable<Uint8Array>
  await packed
}

export const zip = compressing('zipFile', () => packZip)
export const tar = compressing('file', ({ args }) =>
  args.flag('compress', true) ? packTarGz : packTar,
)
