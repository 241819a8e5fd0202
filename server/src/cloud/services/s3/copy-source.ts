import { invalidArgument } from './refusals.ts'

export interface CopySource {
  bucket: string
  key: string
  versionId: string | undefined
}

/** `bucket/key?versionId=…`, URL-encoded, with or without a leading slash. */
export function parseCopySource(text: string | undefined): CopySource {
  const [path = '', query] = (text ?? '').replace(/^\//, '').split('?versionId=')
  const slash = path.indexOf('/')
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
    key: decoded(path.slice(slash + 1).replaceAll('+', ' '), text),
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
