import { createHash } from 'node:crypto'

/** What twine sends of one file, checked as PyPI checks it. */
export interface Upload {
  name: string
  version: string
  file: string
  content: Buffer
  requiresPython: string | undefined
}

/** Reads the form of `twine upload`; what is wrong with it is said in PyPI's own words. */
export async function readUpload(
  body: Buffer,
  contentType: string,
): Promise<Upload | { problem: string }> {
  const form = await formOf(body, contentType)
  if (typeof form === 'string') return { problem: `Form data is invalid: ${form}` }
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  const [name, version, content] = [text('name'), text('version'), form.get('content')]
  const problem = problemOf({ action: text(':action'), protocol: text('protocol_version') })
  if (problem) return { problem }
  if (!/^[A-Z0-9]([\w.-]*[A-Z0-9])?$/i.test(name)) return { problem: invalid(name, 'Name') }
  if (!/^[\w.!+-]+$/.test(version)) return { problem: invalid(version, 'Version') }
  if (!(content instanceof File)) return { problem: 'Upload payload does not have a file.' }
  const bytes = Buffer.from(await content.arrayBuffer())
  const wrong = fileProblem(content.name) ?? digestProblem(bytes, text)
  if (wrong) return { problem: wrong }
  const requiresPython = text('requires_python') || undefined
  return { name, version, file: content.name, content: bytes, requiresPython }
}

async function formOf(body: Buffer, type: string): Promise<FormData | string> {
  try {
    const headers = { 'content-type': type }
    return await new Response(new Uint8Array(body), { headers }).formData()
  } catch (error) {
    return (error as Error).message
  }
}

function problemOf({ action, protocol }: { action: string; protocol: string }) {
  if (action !== 'file_upload') return `Invalid value for :action. Error: '${action}'.`
  // Old clients send none.
  return protocol === '' || protocol === '1' ? undefined : 'Unknown protocol version.'
}

const invalid = (text: string, field: string) => `'${text}' is an invalid value for ${field}.`

function fileProblem(file: string): string | undefined {
  if (/[/\\]/.test(file)) return "Cannot upload a file with '/' or '\\' in the name."
  if (/^[\w.!+-]+\.(whl|tar\.gz|zip|egg)$/.test(file)) return undefined
  return 'Invalid file extension: Use .tar.gz, .whl or .zip extension.'
}

function digestProblem(bytes: Buffer, text: (name: string) => string): string | undefined {
  const isOther = (algorithm: string) => {
    const expected = text(`${algorithm}_digest`).toLowerCase()
    return expected !== '' && expected !== createHash(algorithm).update(bytes).digest('hex')
  }
  return isOther('sha256') || isOther('md5')
    ? 'The digest supplied does not match a digest calculated from the uploaded file.'
    : undefined
}
