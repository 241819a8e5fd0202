import { type OutgoingHttp, s3RequestId } from '../../gateway/index.ts'

// What no operation answers (preflights, forms, websites) is written here in S3's form.

/** S3's two identifiers; the second is opaque and made from the first. */
export const hostIdOf = (requestId: string): string =>
  Buffer.from(requestId.repeat(4).slice(0, 57), 'latin1').toString('base64')

/** `id`: the gateway's, of a request that is no operation's. */
export function identifiersOf(id: string): [string, string][] {
  const requestId = s3RequestId(id)
  return [
    ['x-amz-request-id', requestId],
    ['x-amz-id-2', hostIdOf(requestId)],
    ['Server', 'AmazonS3'],
  ]
}

const entities: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&${entities[character]};`)

const element = ([name, value]: [string, unknown]) => `<${name}>${escaped(String(value))}</${name}>`

/** An error document; members that are undefined are left out. */
export function errorDocument(
  facts: { status: number; code: string; message: string; members?: Record<string, unknown> },
  id: string,
): OutgoingHttp {
  const requestId = s3RequestId(id)
  const { status, code, message, members = {} } = facts
  const all = {
    Code: code,
    Message: message,
    ...members,
    RequestId: requestId,
    HostId: hostIdOf(requestId),
  }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  return {
    status,
    headers: [['Content-Type', 'application/xml'], ...identifiersOf(id)],
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${given.map(element).join('')}</Error>`,
  }
}
