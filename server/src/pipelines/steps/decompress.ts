import { createReadStream, existsSync, statSync } from 'node:fs'
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { createGunzip } from 'node:zlib'
import { unzipSync } from 'fflate'
import { antTest } from '../agents/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { GroovyMap, hostError, type Value } from '../groovy/index.ts'
import { ioError } from './compress.ts'
import { NotATar, readTar } from './tar-format.ts'
import { pathInWorkspace } from './workspace.ts'

const LARGEST_ZIP_BYTES = 512 * 1024 ** 2
const LARGEST_TAR_BYTES = 8 * 1024 ** 3

/** Unpacks a zip file; an entry that would leave the folder is refused. */
export const unzip: Step = {
  kind: 'leaf',
  positional: ['zipFile'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const { path, folder, fits } = packed(call, args.optionalText('file') ?? args.text('zipFile'))
    if (args.flag('test')) return testZip(call, path)
    const isRead = args.flag('read')
    if (!isRead) call.say(`Extracting from ${path}`)
    const texts = new GroovyMap()
    let count = 0
    for (const [name, bytes] of unpack(await readFile(path), fits)) {
      const target = placeOf(folder, name)
      count++
      if (!args.flag('quiet')) {
        call.say(isRead ? `Reading: ${name}` : `Extracting: ${name} -> ${target}`)
      }
      if (isRead) texts.set(name, Buffer.from(bytes).toString('utf8'))
      else await extract(call, target, bytes)
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
    const given = packed(call, args.text('file'))
    try {
      if (args.flag('test')) return await testTar(call, given.path)
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
  folder: string
  fits: (name: string) => boolean
}

function packed({ args, scope }: Call, name: string): Packed {
  const path = pathInWorkspace(scope, name)
  if (!existsSync(path)) throw ioError(`${path} does not exist.`)
  if (statSync(path).isDirectory()) throw ioError(`${path} is a directory.`)
  const folder = pathInWorkspace(scope, args.optionalText('dir') || '.')
  const glob = args.optionalText('glob')
  return { path, folder, fits: glob ? antTest(glob) : () => true }
}

/** Where an entry comes to lie. */
function placeOf(folder: string, name: string): string {
  const target = resolve(folder, name)
  const way = relative(folder, target)
  if (way !== '..' && !way.startsWith(`..${sep}`)) return join(folder, way)
  throw hostError('java.io.FileNotFoundException', `${target} is out of bounds!`)
}

function unpack(bytes: Uint8Array, fits: (name: string) => boolean): [string, Uint8Array][] {
  if (bytes.length > LARGEST_ZIP_BYTES) throw abortException('unzip: the file is too large')
  let size = 0
  const files = unzipSync(bytes, {
    filter({ name, originalSize }) {
      size += originalSize
      if (size > 4 * LARGEST_ZIP_BYTES) throw abortException('unzip: the content is too large')
      return !name.endsWith('/') && fits(name)
    },
  })
  return Object.entries(files)
}

async function testZip(call: Call, path: string): Promise<Value> {
  call.say(`Checking ${statSync(path).size} bytes in ${path}`)
  try {
    for (const [name] of unpack(await readFile(path), () => true)) placeOf('/x', name)
    return true
  } catch (error) {
    call.say(`ERROR: Error validating zip file: ${(error as Error).message}`)
    return false
  }
}

async function extract({ scope }: Call, target: string, bytes: Uint8Array): Promise<void> {
  const path = pathInWorkspace(scope, target)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

async function* tarBytes(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const [first, second] = await startOf(path)
  const isGzip = first === 0x1f && second === 0x8b
  const source = isGzip ? file.pipe(createGunzip()) : file
  let size = 0
  for await (const piece of source) {
    size += (piece as Buffer).length
    if (size > LARGEST_TAR_BYTES) throw abortException('untar: the content is too large')
    yield piece as Buffer
  }
}

async function startOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    return (await file.read(Buffer.alloc(2), 0, 2, 0)).buffer
  } finally {
    await file.close()
  }
}

async function extractTar(call: Call, { path, folder, fits }: Packed): Promise<void> {
  const { args, scope } = call
  call.say(`Extracting from ${path}`)
  await mkdir(folder, { recursive: true })
  let count = 0
  let target: string | undefined
  for await (const part of readTar(tarBytes(path))) {
    call.signal.throwIfAborted()
    if (part.kind === 'bytes') {
      if (target !== undefined) await writeFile(target, part.bytes, { flag: 'a' })
      continue
    }
    target = undefined
    if (!fits(part.name)) continue
    const place = pathInWorkspace(scope, placeOf(folder, part.name))
    if (part.isFolder) await mkdir(place, { recursive: true })
    if (!part.isFile) continue
    count++
    if (!args.flag('quiet')) call.say(`Extracting: ${part.name} -> ${place}`)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, '')
    if (args.flag('keepPermissions', true)) await chmod(place, part.mode | 0o600)
    target = place
  }
  call.say(`Extracted: ${count} files`)
}

async function testTar(call: Call, path: string): Promise<Value> {
  call.say(`Checking ${statSync(path).size} bytes in ${path}`)
  for await (const part of readTar(tarBytes(path))) {
    if (part.kind === 'entry') placeOf(call.scope.folder!, part.name)
  }
  return true
}
