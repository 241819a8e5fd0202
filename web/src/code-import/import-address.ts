import type { ImportSource } from '@madang/api'

export type AddressFault = 'urlWeb' | 'urlSsh' | 'urlName'

/** `ssh://…`, or `git@host:path`. */
export const isSshAddress = (address: string): boolean =>
  /^(ssh:|git@|[\w.-]+@[\w.-]+:)/i.test(address.trim())

/** Why an address cannot be one of this source; the server judges what is left. */
export function addressFault(source: ImportSource, address: string): AddressFault | undefined {
  const text = address.trim()
  if (isSshAddress(text)) return source === 'git' ? undefined : 'urlSsh'
  const url = URL.parse(text)
  const schemes = source === 'git' ? ['http:', 'https:', 'git:'] : ['http:', 'https:']
  if (!url?.host || !schemes.includes(url.protocol)) return 'urlWeb'
  const names = url.pathname.split('/').filter(Boolean)
  return names.length < (source === 'git' ? 1 : 2) ? 'urlName' : undefined
}
