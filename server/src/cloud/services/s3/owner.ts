import { hash } from 'node:crypto'

const owners = new Map<string, { ID: string }>()

/** The canonical user of an account: 64 hex digits, always the same for it. */
export function ownerOf(account: string): { ID: string } {
  let owner = owners.get(account)
  if (!owner) {
    owner = { ID: hash('sha256', `canonical user of ${account}`) }
    owners.set(account, owner)
  }
  return owner
}
