/** One file of a package as an index shows it. */
export interface PypiFile {
  filename: string
  version?: string
  sha256: string
  requiresPython: string | undefined
  sizeBytes: number
  /** ISO. */
  uploadedAt?: string
  /** Why pip passes over it unless it is asked for by its very version; '' for no reason. */
  yanked?: string
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'
const HTML_TYPE = 'application/vnd.pypi.simple.v1+html'
const PLAIN_HTML = 'text/html'

/** What an index may be asked as (PEP 691), by the name the client has for it. */
const offered: Record<string, string> = {
  [JSON_TYPE]: JSON_TYPE,
  'application/vnd.pypi.simple.latest+json': JSON_TYPE,
  [HTML_TYPE]: HTML_TYPE,
  'application/vnd.pypi.simple.latest+html': HTML_TYPE,
  [PLAIN_HTML]: PLAIN_HTML,
}

/** The type that the client prefers; undefined: it takes none of them. HTML for who says nothing. */
export function pageType(accept = ''): string | undefined {
  const asked = accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const q = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
    return type === '' || !(q > 0) ? [] : [{ type, q }]
  })
  if (asked.length === 0) return PLAIN_HTML
  // Sorting is stable: of equals the first counts.
  for (const { type } of asked.toSorted((a, b) => b.q - a.q)) {
    const found = type === '*/*' || type === 'text/*' ? PLAIN_HTML : offered[type]
    if (found !== undefined) return found
  }
  return undefined
}

const isJson = (type: string) => type === JSON_TYPE

export function indexPage(names: string[], type: string): string {
  if (isJson(type)) {
    return JSON.stringify({ meta, projects: names.map((name) => ({ name })) })
  }
  return page(names.map((name) => `<a href="${escape(name)}/">${escape(name)}</a><br>`))
}

const meta = { 'api-version': '1.1' }

export function detailPage(
  name: string,
  files: PypiFile[],
  { base, type }: { base: string; type: string },
): string {
  const url = ({ filename }: PypiFile) => `${base}/${encodeURIComponent(filename)}`
  if (isJson(type)) {
    const versions = [...new Set(files.flatMap(({ version }) => version ?? []))]
    const shown = files.map((file) => fileEntry(file, url(file)))
    return JSON.stringify({ meta, name, versions, files: shown })
  }
  return page(files.map((file) => fileLine(file, url(file))))
}

function fileEntry(file: PypiFile, url: string) {
  return {
    filename: file.filename,
    url,
    hashes: file.sha256 ? { sha256: file.sha256 } : {},
    ...(file.requiresPython && { 'requires-python': file.requiresPython }),
    size: file.sizeBytes,
    ...(file.uploadedAt !== undefined && { 'upload-time': file.uploadedAt }),
    ...(file.yanked !== undefined && { yanked: file.yanked || true }),
  }
}

function fileLine(file: PypiFile, url: string): string {
  const sum = file.sha256 ? `#sha256=${file.sha256}` : ''
  const python = file.requiresPython ? ` data-requires-python="${escape(file.requiresPython)}"` : ''
  const yanked = file.yanked === undefined ? '' : ` data-yanked="${escape(file.yanked)}"`
  return `<a href="${escape(url + sum)}"${python}${yanked}>${escape(file.filename)}</a><br>`
}

function page(lines: string[]): string {
  const head = '<meta name="pypi:repository-version" content="1.0">'
  return `<!DOCTYPE html>\n<html><head>${head}</head><body>\n${lines.join('\n')}\n</body></html>\n`
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string) => text.replace(/[&<>"]/g, (c) => escapes[c]!)
