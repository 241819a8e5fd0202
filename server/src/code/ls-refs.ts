import type { ObjectReader } from './object-reader.ts'
import { FLUSH, NotPktLines, pktLine, PktReader } from './pkt-line.ts'
import { readRefFiles, type RefFiles } from './ref-files.ts'

const MOST_BYTES = 1024 * 1024

/** What a client asks of `ls-refs` (protocol 2). */
interface LsRefs {
  prefixes: string[]
  withPeeled: boolean
  withSymrefs: boolean
  withUnborn: boolean
}

/**
 * Whether a request of protocol 2 begins with this command; undefined until there is enough of
 * it.
 */
export function isLsRefs(start: Buffer): boolean | undefined {
  const reader = new PktReader()
  reader.feed(start)
  const first = reader.next()
  if (!first) return undefined
  return first.kind === 'data' && /^command=ls-refs\n?$/.test(first.payload.toString('latin1'))
}

/**
 * Answers `ls-refs` as git does, without a process. `start` is what was read of the body already.
 */
export async function answerLsRefs(
  objects: ObjectReader,
  folder: string,
  { start, body }: { start: Buffer; body: AsyncIterator<Buffer> },
): Promise<Buffer> {
  const asked = parse(await wholeOf(start, body))
  const files = await readRefFiles(folder)
  const lines = [headLine(files, asked)]
  for (const [name, sha] of files.refs) {
    if (!matches(asked, name)) continue
    const peeled = asked.withPeeled
      ? await peeledOf(objects, folder, { files, name, sha })
      : undefined
    lines.push(`${sha} ${name}${peeled ? ` peeled:${peeled}` : ''}`)
  }
  const packets = lines.filter(Boolean).map((line) => pktLine(`${line}\n`))
  return Buffer.concat([...packets, FLUSH])
}

async function wholeOf(start: Buffer, body: AsyncIterator<Buffer>): Promise<Buffer> {
  const pieces = [start]
  let size = start.length
  for (;;) {
    const { value, done } = await body.next()
    if (done) return Buffer.concat(pieces)
    size += value.length
    if (size > MOST_BYTES) throw new NotPktLines('a question about references of more than 1 MB')
    pieces.push(value)
  }
}

function parse(request: Buffer): LsRefs {
  const reader = new PktReader()
  reader.feed(request)
  const words: string[] = []
  for (let packet = reader.next(); packet?.kind !== 'flush'; packet = reader.next()) {
    if (!packet) throw new NotPktLines('a question about references that does not end')
    if (packet.kind === 'data') words.push(packet.payload.toString('utf8').replace(/\n$/, ''))
  }
  const prefixes = words.filter((word) => word.startsWith('ref-prefix '))
  return {
    prefixes: prefixes.map((word) => word.slice('ref-prefix '.length)),
    withPeeled: words.includes('peel'),
    withSymrefs: words.includes('symrefs'),
    withUnborn: words.includes('unborn'),
  }
}

function matches({ prefixes }: LsRefs, name: string): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))
}

function headLine({ refs, head }: RefFiles, asked: LsRefs): string {
  if (!matches(asked, 'HEAD')) return ''
  const sha = refs.get(head)
  const target = asked.withSymrefs ? ` symref-target:${head}` : ''
  if (sha !== undefined) return `${sha} HEAD${target}`
  return asked.withUnborn ? `unborn HEAD${target}` : ''
}

async function peeledOf(
  objects: ObjectReader,
  folder: string,
  { files, name, sha }: { files: RefFiles; name: string; sha: string },
): Promise<string | undefined> {
  const known = files.peeled.get(name)
  if (known !== undefined || !name.startsWith('refs/tags/')) return known
  const info = await objects.info(folder, `${sha}^{}`)
  return info && info.sha !== sha ? info.sha : undefined
}
