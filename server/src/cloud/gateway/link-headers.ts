import type { Exchange } from './exchange.ts'

// A presigned link says in its query what its maker would have sent as headers: SDKs move it there.

/** What belongs to the signature, and checksums: made over no body, they aren't looked at. */
const apart =
  /^x-amz-(?:algorithm|credential|date|expires|signature|signedheaders|security-token|content-sha256|checksum-.*|sdk-checksum-algorithm|trailer)$/

/** Metadata, tags, class and the like of a link to S3; the request's own headers count before. */
export function takeLinkHeaders(x: Exchange): void {
  if (x.schema!.table.id !== 's3' || !isLink(x)) return
  const said: Record<string, string> = {}
  for (const [name, value] of x.place.query) {
    const header = name.toLowerCase()
    if (header.startsWith('x-amz-') && !apart.test(header)) said[header] = value
  }
  x.http = { ...x.http, headers: { ...said, ...x.http.headers } }
}

function isLink({ claim }: Exchange): boolean {
  if (claim.kind === 'signed') return claim.claim.expiresS !== undefined
  return claim.kind === 'old' && claim.claim?.expires !== undefined
}
