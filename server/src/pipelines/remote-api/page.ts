import { escapeXml } from './formats.ts'

/** A page that says what is wrong, in the place where Jenkins' own clients look for it. */
export function errorPage(status: number, message: string): string {
  return page(`Error ${status}`, `<h1>Error</h1><p>${escapeXml(message)}</p>`)
}

/** Whoever opens an address of the API in a browser finds the way to the product's page. */
export function placePage(title: string, url: string): string {
  const text = escapeXml(title)
  return page(title, `<h1>${text}</h1><p><a href="${escapeXml(url)}">${text}</a></p>`)
}

function page(title: string, body: string): string {
  const head = `<head><meta charset="utf-8"><title>${escapeXml(title)} [Jenkins]</title></head>`
  return `<!DOCTYPE html><html>${head}<body><div id="main-panel">${body}</div></body></html>\n`
}
