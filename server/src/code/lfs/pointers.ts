import { startGit, stderrOf } from '../git-process.ts'

/** The specification keeps a pointer below 1024 bytes. */
const LONGEST_POINTER = 1024

/** The oids of all pointers that any reference reaches, each with its object's size in bytes. */
export async function pointersIn(folder: string): Promise<Map<string, number>> {
  const small = `--filter=blob:limit=${LONGEST_POINTER}`
  const filter = ['--filter=object:type=blob', small, '--filter-provided-objects']
  const args = ['rev-list', '--objects', '--no-object-names', '--all', ...filter]
  const list = startGit(folder, args)
  const read = startGit(folder, ['cat-file', '--batch', '--buffer'])
  const words = [stderrOf(list), stderrOf(read)]
  list.stdout.pipe(read.stdin)
  const listed = exitOf(list)
  const oids = new Map<string, number>()
  let rest = ''
  for await (const piece of read.stdout as AsyncIterable<Buffer>) {
    const text = rest + piece.toString('latin1')
    const pointer =
      /version https:\/\/git-lfs\.github\.com\/spec\/v1\n[^]{0,900}?\boid sha256:([0-9a-f]{64})\nsize (\d+)\n/g
    for (const [, oid, size] of text.matchAll(pointer)) oids.set(oid!, Number(size))
    rest = text.slice(-LONGEST_POINTER)
  }
  const codes = [await listed, read.exitCode ?? (await exitOf(read))]
  // Better to keep all than to remove what a broken answer left out.
  if (codes.some((code) => code !== 0)) {
    throw new Error(`git could not list what is needed: ${words.map((say) => say()).join(' ')}`)
  }
  return oids
}

function exitOf(child: ReturnType<typeof startGit>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}
