import type { AccountChange, IamStore } from './store.ts'

/**
 * Trust policies hold on to the user or role itself, not to its name: who is renamed is named anew in
 * them, and who is gone by its id, so that another of the same name is not trusted.
 */
export async function changeTrusted(
  store: IamStore,
  account: string,
  change: (view: AccountChange) => { from: string; to: string },
): Promise<object> {
  const named = await store.change(account, (view) => {
    const renamed = change(view)
    rename(view, renamed)
    return renamed
  })
  if (named.from === named.to) return {}
  for (const other of store.accounts()) {
    const isNamed = store
      .account(other)
      .list('role')
      .some(({ trust }) => trust.includes(named.from))
    if (other !== account && isNamed) await store.change(other, (view) => rename(view, named))
  }
  return {}
}

function rename(view: AccountChange, { from, to }: { from: string; to: string }): void {
  if (from === to) return
  for (const role of view.list('role')) {
    const trust = withPrincipal(role.trust, from, to)
    if (trust !== role.trust) view.put('role', role.name, { ...role, trust })
  }
}

interface Trust {
  Statement: Trusting | Trusting[]
}

interface Trusting {
  Principal?: { AWS?: string | string[] } | string
}

function withPrincipal(text: string, from: string, to: string): string {
  if (!text.includes(from)) return text
  const policy = JSON.parse(text) as Trust
  let isNamed = false
  for (const { Principal } of [policy.Statement].flat()) {
    if (typeof Principal !== 'object' || Principal.AWS === undefined) continue
    const named = [Principal.AWS].flat()
    if (!named.includes(from)) continue
    isNamed = true
    const put = named.map((one) => (one === from ? to : one))
    Principal.AWS = typeof Principal.AWS === 'string' ? to : put
  }
  return isNamed ? JSON.stringify(policy) : text
}
