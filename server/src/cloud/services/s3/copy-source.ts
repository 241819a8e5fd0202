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
  try {
    return {
      bucket: path.slice(0, slash),
      // Some clients write a space as `+`, and S3 reads it so.
      key: decodeURIComponent(path.slice(slash + 1).replaceAll('+', ' ')),
      versionId: query,
    }
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
