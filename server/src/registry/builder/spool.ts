import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { BuildError } from './errors.ts'
import type { Content } from './tree.ts'

const PIECE_BYTES = 1024 * 1024
/** Of all that is unpacked in one build: an archive may say more than a disk holds. */
const LARGEST_BYTES = 32 * 1024 ** 3

/** The contents of unpacked layers and archives, one after the other in a file of the build. */
export class Spool {
  readonly #path: string
  #file: FileHandle | undefined
  #size = 0

  constructor(folder: string) {
    this.#path = join(folder, 'contents')
  }

  async add(bytes: AsyncIterable<Uint8Array>): Promise<Content> {
    this.#file ??= await open(this.#path, 'wx', 0o600)
    const offset = this.#size
    for await (const piece of bytes) {
      if (this.#size + piece.length > LARGEST_BYTES) {
        throw new BuildError(`the files of this build have more than ${LARGEST_BYTES} bytes`)
      }
      await this.#file.write(piece, 0, piece.length, this.#size)
      this.#size += piece.length
    }
    return { file: this.#path, offset, size: this.#size - offset }
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }
}

/** The bytes of a file; throws where they are not what was seen before. */
export async function* read(content: Content): AsyncGenerator<Uint8Array> {
  const { file, offset, size, within } = content
  if (size === 0) return
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    if (within !== undefined) await checkWithin(handle, file, within)
    for (let at = 0; at < size;) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - at))
      const { bytesRead } = await handle.read(piece, 0, piece.length, offset + at)
      if (bytesRead === 0) throw new BuildError(`${file} became shorter while it was read`)
      at += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** A folder on the way may have become a link since it was looked at: what was opened is what counts. */
async function checkWithin(handle: FileHandle, file: string, folder: string): Promise<void> {
  const isLinux = process.platform === 'linux'
  const real = isLinux ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(file)
  if (real.startsWith(folder + sep)) return
  throw new BuildError(`forbidden path outside the build context: ${file}`)
}
