/** One file of a package as an index shows it. */
export interface PypiFile {
  filename: string
  sha256: string
  requiresPython: string | undefined
  sizeBytes: number
}

/** Whether JSON (PEP 691) comes before HTML in what the client takes. */
export function wantsJson(accept = ''): boolean {
  const json = accept.indexOf('application/vnd.pypi.simple.v1+json')
  return json >= 0 && !accept.startsWith('text/html')
}

export function indexPage(names: string[], isJson: boolean): string {
  if (isJson) {
    return JSON.stringify({
      meta: { 'api-version': '1.0' },
      projects: names.map((name) => ({ name })),
    })
  }
  return page(names.map((name) => `<a href="${escape(name)}/">${escape(name)}</a><br>`))
}

export function detailPage(
  name: string,
  files: PypiFile[],
  { base, isJson }: { base: string; isJson: boolean },
): string {
  const url = ({ filename }: PypiFile) => `${base}/${encodeURIComponent(filename)}`
  if (isJson) {
    return JSON.stringify({
      meta: { 'api-version': '1.0' },
      name,
      files: files.map((file) => ({
        filename: file.filename,
        url: url(file),
        hashes: file.sha256 ? { sha256: file.sha256 } : {},
        ...(file.requiresPython && { 'requires-python': file.requiresPython }),
        size: file.sizeBytes,
      })),
    })
  }
  return page(
    files.map((file) => {
      const sum = file.sha256 ? `#sha256=${file.sha256}` : ''
      const python = file.requiresPython
        ? ` data-requires-python="${escape(file.requiresPython)}"`
        : ''
      return `<a href="${escape(url(file) + sum)}"${python}>${escape(file.filename)}</a><br>`
    }),
  )
}

function page(lines: string[]): string {
  const head = '<meta name="pypi:repository-version" content="1.0">'
  return `<!DOCTYPE html>\n<html><head>${head}</head><body>\n${lines.join('\n')}\n</body></html>\n`
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string) => text.replace(/[&<>"]/g, (c) => escapes[c]!)
