import { join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { antTest } from '../agents/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { GroovyMap, hostError, type Value } from '../groovy/index.ts'
import { ioError } from './compress.ts'
import { bytesOf, filesOf, placeOf } from './machine.ts'
import { NotATar, readTar, type TarPart } from './tar-format.ts'
import { LARGEST_ZIP_BYTES, zipEntries } from './zip-format.ts'

const LARGEST_TAR_BYTES = 8 * 1024 ** 3

/** Unpacks a zip file; an entry that would leave the folder is refused. */
export const unzip: Step = {
  kind: 'leaf',
  positional: ['zipFile'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const given = await packed(call, args.optionalText('file') ?? args.text('zipFile'))
    const { path, folder, fits, size } = given
    if (size > LARGEST_ZIP_BYTES) throw abortException('unzip: the file is too large')
    const bytes = await bytesOf(call, path)
    if (args.flag('test')) return testZip(call, given, bytes)
    const isRead = args.flag('read')
    if (!isRead) call.say(`Extracting from ${path}`)
    const texts = new GroovyMap()
    let count = 0
    for (const [name, content] of zipEntries(bytes, fits)) {
      call.signal.throwIfAborted()
      const target = inside(folder, name)
      count++
      if (!args.flag('quiet')) {
        call.say(isRead ? `Reading: ${name}` : `Extracting: ${name} -> ${target}`)
      }
      if (isRead) texts.set(name, Buffer.from(content).toString('utf8'))
      else await filesOf(call).write(await placeOf(call, target), content)
    }
    call.say(`${isRead ? 'Read' : 'Extracted'}: ${count} files`)
    return isRead ? texts : null
  },
}

/** The same of a tar file, compressed or not. */
export const untar: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const given = await packed(call, args.text('file'))
    try {
      if (args.flag('test')) return await testTar(call, given)
      await extractTar(call, given)
      return null
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (!(error instanceof NotATar) && !code.startsWith('Z_')) throw error
      const text = `Error reading tar/tgz file: ${(error as Error).message}`
      if (!args.flag('test')) throw ioError(text)
      call.say(`ERROR: Error validating tar file: ${(error as Error).message}`)
      return false
    }
  },
}

interface Packed {
  path: string
  size: number
  folder: string
  fits: (name: string) => boolean
}

async function packed(call: Call, name: string): Promise<Packed> {
  const { args } = call
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw ioError(`${path} does not exist.`)
  if (facts.isFolder) throw ioError(`${path} is a directory.`)
  const folder = await placeOf(call, args.optionalText('dir') || '.')
  const glob = args.optionalText('glob')
  return { path, size: facts.size, folder, fits: glob ? antTest(glob) : () => true }
}

/** Where an entry comes to lie. */
function inside(folder: string, name: string): string {
  const target = resolve(folder, name)
  const way = relative(folder, target)
  if (way !== '..' && !way.startsWith(`..${sep}`)) return join(folder, way)
  throw hostError('java.io.FileNotFoundException', `${target} is out of bounds!`)
}

function testZip(call: Call, { path, size, folder }: Packed, bytes: Uint8Array): boolean {
  call.say(`Checking ${size} bytes in ${path}`)
  try {
    for (const [name] of zipEntries(bytes, () => true)) inside(folder, name)
    return true
  } catch (error) {
    call.say(`ERROR: Error validating zip file: ${(error as Error).message}`)
    return false
  }
}

async function extractTar(call: Call, { path, folder, fits }: Packed): Promise<void> {
  const { args } = call
  const files = filesOf(call)
  call.say(`Extracting from ${path}`)
  await files.makeFolder(folder)
  const keepsMode = args.flag('keepPermissions', true)
  let count = 0
  await eachEntry(call, path, async (entry, content) => {
    if (!fits(entry.name)) return
    const place = await placeOf(call, inside(folder, entry.name))
    if (entry.isFolder) return files.makeFolder(place)
    if (!entry.isFile) return call.say(`Skipping: ${entry.name} is a link or a device`)
    count++
    if (!args.flag('quiet')) call.say(`Extracting: ${entry.name} -> ${place}`)
    await files.write(place, content, keepsMode ? { mode: entry.mode | 0o600 } : {})
  })
  call.say(`Extracted: ${count} files`)
}

async function testTar(call: Call, { path, size, folder }: Packed): Promise<Value> {
  call.say(`Checking ${size} bytes in ${path}`)
  await eachEntry(call, path, async ({ name }) => void inside(folder, name))
  return true
}

type TarEntry = Extract<TarPart, { kind: 'entry' }>

/** Gives the entries of a tar file one by one; what is not read of one's content is passed over. */
async function eachEntry(
  call: Call,
  path: string,
  take: (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const parts = readTar(tarBytes(filesOf(call).read(path)))
  let next = await parts.next()
  async function* content() {
    for (;;) {
      next = await parts.next()
      call.signal.throwIfAborted()
      if (next.done === true || next.value.kind === 'entry') return
      yield next.value.bytes
    }
  }
  while (next.done !== true) {
    const entry = next
    if (entry.value.kind === 'entry') await take(entry.value, content())
    // Nobody has asked for the content, or not for all of it.
    if (next === entry || next.value?.kind === 'bytes') for await (const _ of content());
  }
}

/** Unpacked where it begins as gzip does. */
async function* tarBytes(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const pieces = packed[Symbol.asyncIterator]()
  const first = await pieces.next()
  async function* whole() {
    if (first.done !== true) yield first.value
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  const isGzip = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b
  let size = 0
  for await (const piece of isGzip ? gunzipped(whole()) : whole()) {
    size += piece.length
    if (size > LARGEST_TAR_BYTES) throw abortException('untar: the content is too large')
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.length)
  }
}

async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  // A failure of either destroys the stream that is read here, and is thrown by it.
  const done = pipeline(Readable.from(packed, { objectMode: false }), gunzip).catch(() => undefined)
  yield* gunzip as AsyncIterable<Uint8Array>
  await done
}
