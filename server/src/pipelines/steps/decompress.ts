import { join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { antTest } from '../agents/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { GroovyError, GroovyMap, hostError, type Value } from '../groovy/index.ts'
import { ioError } from './compress.ts'
import { bytesOf, filesOf, placeOf } from './machine.ts'
import { LARGEST_ZIP_BYTES, zipEntries, zipSize } from './zip-format.ts'

const LARGEST_TAR_BYTES = 8 * 1024 ** 3

/** Unpacks a zip file; an entry that would leave the folder is refused. */
export const unzip: Step = {
  kind: 'leaf',
  positional: ['zipFile'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const given = await packed(call, args.optionalText('file') ?? args.text('zipFile'))
    if (!given) return false
    const { path, folder, fits, size } = given
    if (size > LARGEST_ZIP_BYTES) throw abortException('unzip: the file is too large')
    const bytes = await bytesOf(call, path)
    if (args.flag('test')) return testZip(call, given, bytes)
    const isRead = args.flag('read')
    call.say(`Extracting from ${path}`)
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
    const given = await packed(call, args.path('file'))
    if (!given) return false
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

/** Undefined where there is no such file and the step is only to test it. */
async function packed(call: Call, name: string): Promise<Packed | undefined> {
  const { args } = call
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts || facts.isFolder) {
    const problem = `${path} ${facts ? 'is a directory' : 'does not exist'}.`
    if (!args.flag('test')) throw ioError(problem)
    call.say(`ERROR: ${problem}`)
    return undefined
  }
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

function testZip(call: Call, { path, folder }: Packed, bytes: Uint8Array): boolean {
  try {
    call.say(`Checking ${zipSize(bytes)} zipped entries in ${path}`)
    for (const [name] of zipEntries(bytes, () => true)) inside(folder, name)
    return true
  } catch (error) {
    if (!(error instanceof GroovyError)) throw error
    const isOutside = error.isA('java.io.FileNotFoundException')
    const what = isOutside ? '' : 'Error validating zip file: '
    call.say(`ERROR: ${what}${error.groovyMessage}`)
    return false
  }
}

const fileTypes: Header['type'][] = ['file', 'contiguous-file']

async function extractTar(call: Call, { path, folder, fits }: Packed): Promise<void> {
  const { args } = call
  const files = filesOf(call)
  call.say(`Extracting from ${path}`)
  await files.makeFolder(folder)
  const keepsMode = args.flag('keepPermissions', true)
  let count = 0
  await eachEntry(call, path, async ({ name, type, mode }, content) => {
    if (!fits(name)) return
    const place = await placeOf(call, inside(folder, name))
    if (type === 'directory') return files.makeFolder(place)
    if (!fileTypes.includes(type)) return call.say(`Skipping: ${name} is a link or a device`)
    count++
    if (!args.flag('quiet')) call.say(`Extracting: ${name} -> ${place}`)
    await files.write(place, content, keepsMode ? { mode: (mode & 0o777) | 0o600 } : {})
  })
  call.say(`Extracted: ${count} files`)
}

async function testTar(call: Call, { path, size, folder }: Packed): Promise<Value> {
  call.say(`Checking ${size} bytes in ${path}`)
  await eachEntry(call, path, async ({ name }) => void inside(folder, name))
  return true
}

/** The file is no tar file, or not a whole one; said as Apache Commons Compress says it. */
class NotATar extends Error {
  constructor(cause: unknown) {
    const isCut = cause instanceof Error && cause.message === 'Unexpected end of data'
    super(isCut ? 'Truncated TAR archive' : 'Error detected parsing the header', { cause })
  }
}

/** Gives the entries of a tar file one by one; what is not read of one's content is passed over. */
async function eachEntry(
  call: Call,
  path: string,
  take: (header: Header, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  let broken: { error: unknown } | undefined
  async function* bytes() {
    try {
      yield* tarBytes(call, filesOf(call).read(path))
    } catch (error) {
      broken = { error }
      throw error
    }
  }
  // What ends the source ends the reader, too; what only the reader minds is the file's own fault.
  const fault = (error: unknown): never => {
    throw broken ? broken.error : new NotATar(error)
  }
  const tar = extract()
  const fed = pipeline(Readable.from(bytes(), { objectMode: false }), tar).catch(() => undefined)
  try {
    for await (const entry of reading(tar, fault)) {
      await take(entry.header, reading(entry as AsyncIterable<Uint8Array>, fault))
      entry.resume()
    }
  } finally {
    tar.destroy()
    await fed
  }
}

/** The same, but what its own reading throws goes to `fault`. */
async function* reading<T>(items: AsyncIterable<T>, fault: (error: unknown) => never) {
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const next = await iterator.next().catch(fault)
    if (next.done === true) return
    yield next.value
  }
}

/** Unpacked where it begins as gzip does. */
async function* tarBytes(
  call: Call,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const pieces = packed[Symbol.asyncIterator]()
  const first = await pieces.next()
  async function* whole() {
    if (first.done !== true) yield first.value
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  const isGzip = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b
  let size = 0
  for await (const piece of isGzip ? gunzipped(whole()) : whole()) {
    call.signal.throwIfAborted()
    size += piece.length
    if (size > LARGEST_TAR_BYTES) throw abortException('untar: the content is too large')
    yield piece
  }
}

async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  // A failure of either destroys the stream that is read here, and is thrown by it.
  const done = pipeline(Readable.from(packed, { objectMode: false }), gunzip).catch(() => undefined)
  yield* gunzip as AsyncIterable<Uint8Array>
  await done
}
