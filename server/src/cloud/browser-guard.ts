import { json } from './admin-routes.ts'
import type { IncomingHttp, OutgoingHttp } from './gateway/index.ts'

/** Whether an origin is of this machine, or of a host that is named as ours. */
export function ownPages(hostNames: string[]): (origin: string) => boolean {
  const known = new Set(hostNames)
  return (origin) => {
    const host = URL.canParse(origin) ? new URL(origin).hostname : ''
    return known.has(host) || hostNames.some((name) => host.endsWith(`.${name}`))
  }
}

/**
 * In open mode any signature will do, so any web page the user has open could write to the cloud
 * with a signed link. A browser says where a request comes from: pages from elsewhere may only read.
 */
export function refusePage(
  { method, headers }: IncomingHttp,
  isOurs: (origin: string) => boolean,
): OutgoingHttp | undefined {
  const { origin } = headers
  if (origin === undefined || method === 'GET' || method === 'HEAD' || method === 'OPTIONS') {
    return undefined
  }
  if (isOurs(origin)) return undefined
  const message =
    `Pages from ${origin} may not change this cloud while it takes any access key. ` +
    'Start it with --cloud-mode strict, or name the host with --host-names.'
  return json(403, { message })
}
