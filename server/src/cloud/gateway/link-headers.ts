import type { Exchange } from './exchange.ts'

// A presigned link says in its query what its maker would have sent as headers: SDKs move them there.

/** What belongs to the signature, and checksums: they were made over no body, and S3 looks at none of them. */
const apart =
  /^x-amz-(?:algorithm|credential|date|expires|signature|signedheaders|security-token|content-sha256|checksum-.*|sdk-checksum-algorithm|trailer)$/

/** Takes metadata, tags, class and the like from a link to S3; a header of the request itself counts before it. */
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
