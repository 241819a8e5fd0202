import { type CodeContext, codeTables, openRow } from '../context.ts'
import { startGit, stderrOf } from '../git-process.ts'
import { repoById } from '../store-repos.ts'
import { deleteOidsBefore, oidsBefore, reposWithObjectsBefore } from './store-lfs.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** As long as git itself keeps what nothing refers to. */
export const GRACE_MS = 14 * DAY_MS
/** The specification keeps a pointer below 1024 bytes. */
const LONGEST_POINTER = 1024

/** Removes objects that no branch, tag or pull request refers to for two weeks. */
export async function removeUnreferenced(context: CodeContext): Promise<void> {
  const { database, clock, blobs } = context.kernel
  const beforeMs = clock.now() - GRACE_MS
  for (const repoId of await reposWithObjectsBefore(database, beforeMs)) {
    const row = await repoById(codeTables(database), repoId)
    if (!row) continue // the sweep of removed repositories takes these
    const { folder } = await openRow(context, row)
    const needed = await pointersIn(folder)
    const old = await oidsBefore(database, repoId, beforeMs)
    const oids = old.filter((oid) => !needed.has(oid))
    if (oids.length === 0) continue
    const gone = await database.write((tx) => deleteOidsBefore(tx, repoId, { oids, beforeMs }))
    for (const id of gone) await blobs.remove(id)
    context.kernel.log.info('code.lfsUnreferenced', { repo: repoId, removed: gone.length })
  }
}

/** The oids of all pointers that any reference reaches. */
async function pointersIn(folder: string): Promise<Set<string>> {
  const small = `--filter=blob:limit=${LONGEST_POINTER}`
  const filter = ['--filter=object:type=blob', small, '--filter-provided-objects']
  const args = ['rev-list', '--objects', '--no-object-names', '--all', ...filter]
  const list = startGit(folder, args)
  const read = startGit(folder, ['cat-file', '--batch', '--buffer'])
  const words = [stderrOf(list), stderrOf(read)]
  list.stdout.pipe(read.stdin)
  const listed = exitOf(list)
  const oids = new Set<string>()
  let rest = ''
  for await (const piece of read.stdout as AsyncIterable<Buffer>) {
    const text = rest + piece.toString('latin1')
    const pointer =
      /version https:\/\/git-lfs\.github\.com\/spec\/v1\n[^]{0,900}?\boid sha256:([0-9a-f]{64})\n/g
    for (const [, oid] of text.matchAll(pointer)) oids.add(oid!)
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
