import { holds, isMetadata, isPrivate, isPublic, isRange, listOf } from './address-ranges.ts'

/** What of the non-public network people of this server may have it call. */
export interface Allowance {
  /** `address`: what `host` was resolved to. */
  permits(host: string, address: string): boolean
}

/**
 * From the setting `outgoingAllow`: names, addresses and ranges; `private` is this machine and private
 * networks, `*` everything. Public addresses are always allowed, those of cloud metadata only where an
 * address or a range names them: neither a word nor a name in somebody's DNS is meant that far.
 */
export function readAllowance(entries: readonly string[]): Allowance {
  const ranges = listOf(entries.filter(isRange))
  const names = new Set(
    entries.filter((entry) => !isRange(entry)).map((name) => name.toLowerCase()),
  )
  const isOpen = (host: string, address: string) =>
    names.has('*') ||
    isPublic(address) ||
    names.has(host) ||
    (names.has('private') && isPrivate(address))
  return {
    permits: (host, address) =>
      holds(ranges(), address) || (!isMetadata(address) && isOpen(host, address)),
  }
}
