import { refuse } from '../kernel/index.ts'

const WINDOW_MS = 15 * 60_000
const TRIES_PER_NAME = 10
const TRIES_PER_ADDRESS = 50
const MOST_ENTRIES = 50_000

/**
 * Counts failed sign-ins by name and by address in the last quarter of an hour. A try is counted
 * before it is checked, so that many at once do not slip through; a success takes its own count back.
 */
export interface SignInLimit {
  /** Throws `tooMany`; otherwise gives what to call after a success. */
  take(name: string, address: string): () => void
}

export function createSignInLimit(now: () => number): SignInLimit {
  const tries = new Map<string, number[]>()

  const recent = (key: string) => (tries.get(key) ?? []).filter((at) => at > now() - WINDOW_MS)
  const check = (key: string, most: number) => {
    const list = recent(key)
    if (list.length < most) return
    throw refuse('tooMany', { seconds: Math.ceil((list[0]! + WINDOW_MS - now()) / 1000) })
  }
  const add = (key: string) => {
    if (tries.size >= MOST_ENTRIES) tries.delete(tries.keys().next().value!)
    tries.set(key, [...recent(key), now()])
  }
  return {
    take(name, address) {
      const byName = `name ${name}`
      const byAddress = `address ${address}`
      check(byName, TRIES_PER_NAME)
      check(byAddress, TRIES_PER_ADDRESS)
      add(byName)
      add(byAddress)
      return () => {
        tries.delete(byName)
        tries.set(byAddress, recent(byAddress).slice(0, -1))
      }
    },
  }
}
