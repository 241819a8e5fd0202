import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'

/** Of the pages' build: what a page asks for first, beside what its HTML names. */
interface Ahead {
  /** Paths of the API that every page asks for. */
  always: string[]
  pages: { page: string; files: string[]; calls: string[] }[]
}

/**
 * Gives the `link` header of a page's answer: the browser then fetches the page's code and data beside the program
 * instead of after it. Data only for who sends a session: anybody else gets the sign-in page.
 */
export function aheadOf(folder: string): (request: IncomingMessage, path: string) => string {
  const file = join(folder, 'ahead.json')
  if (!existsSync(file)) return () => ''
  const { always, pages } = JSON.parse(readFileSync(file, 'utf8')) as Ahead
  const known = pages.map(({ page, ...rest }) => ({ parts: page.split('/'), ...rest }))
  return (request, path) => {
    const hasSession = /(^|; )madang/.test(request.headers.cookie ?? '')
    const parts = path.replace(/\/$/, '').split('/')
    const page = known.find((entry) => fits(entry.parts, parts))
    const calls = hasSession ? [...always, ...(page?.calls ?? [])] : []
    const filled = calls.map((call) => fill(call, page?.parts ?? [], parts))
    return [...filled.map(callLink), ...(page?.files ?? []).map(fileLink)].join(', ')
  }
}

function fits(pattern: string[], parts: string[]): boolean {
  const isLike = (part: string, index: number) =>
    // What is in the address goes into a header.
    part.startsWith(':') ? /^[\w.~%-]+$/.test(parts[index] ?? '') : part === parts[index]
  return pattern.length === parts.length && pattern.every(isLike)
}

function fill(call: string, pattern: string[], parts: string[]): string {
  return call.replace(/:\w+/g, (name) => parts[pattern.indexOf(name)] ?? name)
}

function callLink(path: string): string {
  return `<${path}>; rel=preload; as=fetch; crossorigin=anonymous`
}

function fileLink(path: string): string {
  return path.endsWith('.css')
    ? `<${path}>; rel=preload; as=style; crossorigin=anonymous`
    : `<${path}>; rel=modulepreload; crossorigin=anonymous`
}
