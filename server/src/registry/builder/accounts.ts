import { BuildError } from './errors.ts'
import { read } from './spool.ts'
import type { Tree } from './tree.ts'

const LARGEST_BYTES = 4 * 1024 * 1024

export interface Owner {
  uid: number
  gid: number
}

export interface Account extends Owner {
  home: string
  /** Groups of `/etc/group` that name the user. */
  groups: number[]
}

/** `name`, `1000`, `name:group`, `1000:1000`, by the image's own `/etc/passwd` and `/etc/group`. */
export async function accountOf(tree: Tree, text: string): Promise<Account> {
  const [user = '', group] = text.split(':')
  const users = await table(tree, 'etc/passwd')
  const groups = await table(tree, 'etc/group')
  const row = users.find(([name, , uid]) => name === user || uid === user)
  const isNumber = /^\d+$/.test(user)
  if (!row && !isNumber) {
    throw new BuildError(`unable to find user ${user}: no matching entries in passwd file`)
  }
  const uid = isNumber ? Number(user) : Number(row![2])
  const named = row?.[0] ?? user
  const gid = group === undefined || group === '' ? Number(row?.[3] ?? 0) : groupOf(groups, group)
  const member = groups.filter(([, , , members = '']) => members.split(',').includes(named))
  return { uid, gid, home: row?.[5] || '/', groups: member.map(([, , id]) => Number(id)) }
}

/** Of `--chown`: a number without a group is the group's number, too. */
export async function ownerOf(tree: Tree, text: string): Promise<Owner> {
  if (/^\d+$/.test(text)) return { uid: Number(text), gid: Number(text) }
  const { uid, gid } = await accountOf(tree, text)
  return { uid, gid }
}

function groupOf(groups: string[][], group: string): number {
  if (/^\d+$/.test(group)) return Number(group)
  const row = groups.find(([name]) => name === group)
  if (row) return Number(row[2])
  throw new BuildError(`unable to find group ${group}: no matching entries in group file`)
}

async function table(tree: Tree, path: string): Promise<string[][]> {
  const content = tree.get(tree.resolve(path))?.content
  if (!content || content.size > LARGEST_BYTES) return []
  const pieces: Uint8Array[] = []
  for await (const piece of read(content)) pieces.push(piece)
  const lines = Buffer.concat(pieces).toString('utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':'))
}
