const policy =
  '<meta http-equiv="Content-Security-Policy" ' +
  "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"

/** Reads one file of a report, by its path in it; undefined when there is none. */
export type ReportReader = (path: string) => Promise<Response | undefined>

/** The path that a link in a page means; undefined when it leads out of the report. */
export function pathFrom(page: string, link: string): string | undefined {
  if (link === '' || link.startsWith('#')) return undefined
  const base = new URL(page, 'https://report.invalid/')
  const url = URL.canParse(link, base) ? new URL(link, base) : undefined
  if (url?.origin !== 'https://report.invalid') return undefined
  return decodeURIComponent(url.pathname.slice(1))
}

/**
 * A page of a report that stands for itself: its own styles and pictures inside, no scripts. Reports are uploads, so
 * nothing of them may run, and downloads are all the server gives.
 */
export async function standAlone(page: string, read: ReportReader): Promise<string | undefined> {
  const response = await read(page)
  if (!response) return undefined
  const found = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const script of found.querySelectorAll('script, base, meta[http-equiv]')) script.remove()
  const styles = [...found.querySelectorAll('link[rel~="stylesheet"]')]
  await Promise.all(styles.map((link) => takeStyle(found, link, page, read)))
  const images = [...found.querySelectorAll('img[src]')]
  await Promise.all(images.map((image) => takeImage(image, page, read)))
  return `<!doctype html>${policy}${found.documentElement.outerHTML}`
}

async function takeStyle(found: Document, link: Element, page: string, read: ReportReader) {
  const path = pathFrom(page, link.getAttribute('href') ?? '')
  const response = path === undefined ? undefined : await read(path)
  const style = found.createElement('style')
  style.textContent = response ? await response.text() : ''
  link.replaceWith(style)
}

async function takeImage(image: Element, page: string, read: ReportReader) {
  const path = pathFrom(page, image.getAttribute('src') ?? '')
  const response = path === undefined ? undefined : await read(path)
  if (response) image.setAttribute('src', await dataUrl(await response.blob()))
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(reader.error ?? new Error('not readable')))
    reader.readAsDataURL(blob)
  })
}
