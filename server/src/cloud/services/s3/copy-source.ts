import { invalidArgument } from './refusals.ts'

export interface CopySource {
  bucket: string
  key: string
  versionId: string | undefined
}

// In the ARN of an object behind an access point the key begins after another slash.
const ofAccessPoint =
  /^(arn(?::|%3A)aws[\w-]*(?::|%3A)s3(?::|%3A).*?accesspoint(?:\/|%2F)[\w-]+)(?:\/|%2F)object(?:\/|%2F)(.+)$/i

/**
 * `bucket/key?versionId=…`, URL-encoded, with or without a leading slash; or
 * `arn:aws:s3:<region>:<account>:accesspoint/<name>/object/<key>`.
 */
export function parseCopySource(text: string | undefined): CopySource {
  const [path = '', query] = (text ?? '').replace(/^\//, '').split('?versionId=')
  const [, point, keyInPoint] = ofAccessPoint.exec(path) ?? []
  const slash = point === undefined ? path.indexOf('/') : point.length
  if (slash < 0 && path !== '') {
    const name = 'x-amz-copy-source'
    throw invalidArgument(name, name, 'Invalid copy source object key')
  }
  if (slash < 1 || slash === path.length - 1) throw malformed(text ?? '')
  if (query === '') {
    throw invalidArgument('x-amz-copy-source', text, 'Version id cannot be the empty string')
  }
  const bucket = decoded(path.slice(0, slash), text)
  if (!/^(arn:|[\w.-]{3,255}$)/.test(bucket)) {
    const name = 'x-amz-copy-source'
    throw invalidArgument(name, name, 'Invalid copy source bucket name')
  }
  return {
    bucket,
    // Some clients write a space as `+`, and S3 reads it so.
    key: decoded((keyInPoint ?? path.slice(slash + 1)).replaceAll('+', ' '), text),
    versionId: query === undefined ? undefined : decoded(query, text),
  }
}

function decoded(part: string, text: string | undefined): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalidArgument('x-amz-copy-source', text, 'Invalid copy source encoding')
  }
}

const malformed = (text: string) =>
  invalidArgument(
    'x-amz-copy-source',
    text,
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
  )
