import { isUtf8 } from 'node:buffer'
import { startGit } from '../git-process.ts'
import { decodeText, isBinary } from '../text-content.ts'
import { type Doc, SegmentBuilder } from './segment-build.ts'

/** What a build needs; plain data, as it may cross to a thread. */
export interface BuildOrder {
  /** The bare repository's folder. */
  folder: string
  docs: Doc[]
  file: string
}

/** At most so many files are read where the server runs; more in a thread of their own. */
export const SMALL_BUILD_DOCS = 100
const LARGEST_FILE_BYTES = 1024 * 1024

/** Reads the files' blobs through one git process and writes their segment. */
export async function buildSegment({ folder, docs, file }: BuildOrder): Promise<void> {
  const sorted = [...docs].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  const builder = new SegmentBuilder({ isLarge: docs.length > SMALL_BUILD_DOCS })
  let at = 0
  for await (const bytes of blobs(folder, sorted)) {
    const doc = sorted[at++]!
    const isText = bytes.length <= LARGEST_FILE_BYTES && !isBinary(bytes)
    // Older Korean sources (CP949) are found by what they say, not by their bytes.
    const text = isUtf8(bytes) ? bytes : Buffer.from(decodeText(bytes).text)
    builder.add(doc, isText ? text : Buffer.alloc(0))
  }
  await builder.finish(file)
}

/** Contents in the order asked; empty for what is not there or too large to be read by people. */
async function* blobs(folder: string, docs: Doc[]): AsyncGenerator<Buffer> {
  const child = startGit(folder, ['cat-file', '--batch', '--buffer'])
  child.stderr.resume()
  child.stdin.end(docs.map(({ sha }) => `${sha}\n`).join(''))
  let rest = Buffer.alloc(0)
  let pieces: Buffer[] = []
  let needed = 0
  let given = 0
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    pieces.push(piece)
    needed -= piece.length
    if (needed > 0) continue
    rest = Buffer.concat([rest, ...pieces])
    pieces = []
    for (;;) {
      const end = rest.indexOf(10)
      if (end < 0) break
      const size = Number(/ blob (\d+)$/.exec(rest.toString('latin1', 0, end))?.[1] ?? -1)
      const next = end + 1 + (size < 0 ? 0 : size + 1)
      needed = next - rest.length
      if (needed > 0) break
      yield size < 0 ? Buffer.alloc(0) : rest.subarray(end + 1, next - 1)
      given++
      rest = rest.subarray(next)
    }
  }
  if (given !== docs.length) throw new Error(`git gave ${given} of ${docs.length} files`)
}
