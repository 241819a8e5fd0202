import { existsSync } from 'node:fs'
import { chmod, constants, cp, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { invalidValue } from './model.ts'

const UNZIPPED_LIMIT_BYTES = 262_144_000

/** Refuses what is no zip, is too large unpacked, or would be written outside its folder. */
export async function checkZip(bytes: Uint8Array): Promise<void> {
  let total = 0
  const zip = await open(bytes)
  await eachEntry(zip, async (entry) => {
    total += entry.uncompressedSize
    if (total > UNZIPPED_LIMIT_BYTES) {
      throw invalidValue(`Unzipped size must be smaller than ${UNZIPPED_LIMIT_BYTES} bytes`)
    }
    pathInside('/task', entry.fileName)
  })
}

/**
 * Unpacks a package into `folder`, which then is whole or isn't there: written beside it first. The
 * same package is unpacked once, whichever functions and versions use it.
 */
export async function unpack(bytes: Uint8Array, folder: string): Promise<void> {
  await wholly(folder, async (temporary) => {
    const zip = await open(bytes)
    let room = UNZIPPED_LIMIT_BYTES
    await eachEntry(zip, async (entry) => {
      room -= entry.uncompressedSize
      if (room < 0) throw notAZip()
      await writeEntry(zip, entry, temporary)
    })
  })
}

/** Copies folders into one, each over what is there from those before it; gives its name. */
export async function layOver(folders: string[], folder: string): Promise<string> {
  const mode = constants.COPYFILE_FICLONE
  await wholly(folder, async (temporary) => {
    for (const each of folders) {
      await cp(each, temporary, { recursive: true, force: true, verbatimSymlinks: true, mode })
    }
  })
  return folder
}

/** A folder that is whole or isn't there: filled beside it, then named. */
async function wholly(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  const temporary = `${folder}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await mkdir(temporary, { recursive: true })
  try {
    await fill(temporary)
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // else another was faster
  }
}

async function writeEntry(zip: ZipFile, entry: Entry, root: string): Promise<void> {
  const target = pathInside(root, entry.fileName)
  if (entry.fileName.endsWith('/')) return void (await mkdir(target, { recursive: true }))
  await mkdir(dirname(target), { recursive: true })
  const mode = (entry.externalFileAttributes >>> 16) & 0xffff
  if ((mode & 0o170000) === 0o120000) {
    const to = await text(await read(zip, entry))
    pathInside(root, resolve(dirname(target), to))
    return symlink(to, target)
  }
  await pipeline(await read(zip, entry), createWriteStream(target))
  // Packages made on Windows carry no modes; readable then, as AWS requires of everybody's.
  await chmod(target, mode === 0 ? 0o644 : (mode & 0o777) | 0o444)
}

/** Where an entry goes; throws when that is outside (`../`, an absolute path, a link out). */
function pathInside(root: string, name: string): string {
  const path = resolve(root, name)
  if (path !== root && !path.startsWith(root + sep)) throw notAZip()
  return path
}

const notAZip = () =>
  invalidValue('Could not unzip uploaded file. Please check your file, then try to upload again.')

function open(bytes: Uint8Array): Promise<ZipFile> {
  return new Promise((done, failed) => {
    yauzl.fromBuffer(Buffer.from(bytes), { lazyEntries: true }, (error, zip) => {
      if (error) failed(notAZip())
      else done(zip)
    })
  })
}

function eachEntry(zip: ZipFile, visit: (entry: Entry) => Promise<void>): Promise<void> {
  return new Promise((done, failed) => {
    zip.on('error', () => failed(notAZip()))
    zip.on('end', done)
    zip.on('entry', (entry: Entry) => {
      visit(entry).then(() => zip.readEntry(), failed)
    })
    zip.readEntry()
  })
}

function read(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((done, failed) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) failed(notAZip())
      else done(stream)
    })
  })
}
