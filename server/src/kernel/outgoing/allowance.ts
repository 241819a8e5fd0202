import { BlockList } from 'node:net'
import { addRange, holds, isPublic } from './address-ranges.ts'

/** What of the non-public network people of this server may have it call. */
export interface Allowance {
  /** `address`: what `host` was resolved to. */
  permits(host: string, address: string): boolean
}

/**
 * From the setting `outgoingAllow`: names, addresses and ranges; `*` is everything. Public
 * addresses are always allowed.
 */
export function readAllowance(entries: readonly string[]): Allowance {
  const ranges = new BlockList()
  const names = new Set<string>()
  for (const entry of entries) {
    if (!addRange(ranges, entry)) names.add(entry.toLowerCase())
  }
  return {
    permits: (host, address) =>
      names.has('*') || isPublic(address) || names.has(host) || holds(ranges, address),
  }
}
