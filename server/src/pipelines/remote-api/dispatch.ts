import { asJson, asPython, xmlOf, xmlText } from './formats.ts'
import { type Bean, select, selectionOf } from './bean.ts'
import { type Call, plainText, type Reply } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import { fullDisplayNameOf, isJob, type Item } from './model.ts'
import { placePage } from './page.ts'
import { type At, match, type Table } from './routing.ts'
import { buildAt, permalink } from './store-builds.ts'
import { buildTable } from './table-build.ts'
import { containerTable, jobTable } from './table-items.ts'
import { rootTable } from './table-root.ts'
import { pick } from './xpath.ts'
import { jobPage } from '../model.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'

/** The item that a path leads to, then the table of what stands there. */
export async function dispatch(call: Call, segments: readonly string[]): Promise<Reply> {
  const { names, rest } = split(segments)
  const item = await call.items.find(names)
  if (!item) throw notFound(`/${segments.join('/')}`)
  if (isJob(item)) {
    const run = await buildOf(call, item.job.id, rest[0])
    if (!run) return answer(call, [jobTable], rest, { item })
    return answer(call, [buildTable], rest.slice(1), { item, run })
  }
  const tables = item.kind === 'root' ? [rootTable, containerTable] : [containerTable]
  return answer(call, tables, rest, { item })
}

/** A view in the path changes nothing: `view/all/job/app` is `job/app`. */
function split(segments: readonly string[]): { names: string[]; rest: string[] } {
  const names: string[] = []
  let at = 0
  for (;;) {
    if (segments[at] === 'job' && segments[at + 1]) {
      names.push(segments[at + 1]!)
      at += 2
    } else if (segments[at] === 'view' && segments[at + 2] === 'job') at += 2
    else return { names, rest: segments.slice(at).filter((part) => part !== '') }
  }
}

async function buildOf(
  { parts }: Call,
  jobId: string,
  name: string | undefined,
): Promise<RunRow | undefined> {
  if (name === undefined) return undefined
  const db = parts.kernel.database.tables<PipelinesTables>()
  if (!/^\d+$/.test(name)) return permalink(db, jobId, name)
  const run = await buildAt(db, jobId, Number(name))
  if (!run) throw notFound(`#${name}`)
  return run
}

type Place<A> = Omit<A, 'params' | 'tail'> & Pick<At, 'item'>

async function answer<A extends At>(
  call: Call,
  tables: Table<A>[],
  rest: string[],
  place: Place<A>,
): Promise<Reply> {
  const format = rest.at(-2) === 'api' ? rest.at(-1)! : undefined
  if (format !== undefined) {
    const bean = await thingAt(call, tables, rest.slice(0, -2), place)
    return show(call, bean, format)
  }
  const isRead = call.method === 'GET' || call.method === 'HEAD'
  let isKnown = false
  for (const { method, path, run } of tables.flatMap(({ actions }) => actions)) {
    const found = match(path, rest)
    if (!found) continue
    isKnown = true
    if (method === 'any' || (method === 'GET') === isRead) {
      return run(call, { ...place, ...found } as A)
    }
  }
  const hasPage = isPage(tables, rest)
  if (isRead && hasPage) return page(call, place.item)
  if (isKnown) throw new Failure(405, 'This URL requires POST', { allow: 'POST' })
  throw notFound(rest.join('/'))
}

async function thingAt<A extends At>(
  call: Call,
  tables: Table<A>[],
  rest: string[],
  place: Place<A>,
) {
  for (const { path, show } of tables.flatMap(({ things }) => things)) {
    const found = match(path, rest)
    if (found) return show(call, { ...place, ...found } as A)
  }
  throw notFound(rest.join('/'))
}

export async function show(call: Call, bean: Bean, format: string): Promise<Reply> {
  const shown = await select(bean, selectionOf(call.query))
  const isPretty = call.query.get('pretty') === 'true'
  const type = (text: string) => ({ 'content-type': text })
  if (format === 'json') {
    const headers = type('application/json;charset=utf-8')
    return { status: 200, headers, body: asJson(shown, isPretty) }
  }
  if (format === 'python') {
    return { status: 200, headers: type('text/x-python;charset=utf-8'), body: asPython(shown) }
  }
  if (format !== 'xml') throw notFound(`api/${format}`)
  const xpath = call.query.get('xpath')
  const root = xmlOf(shown)
  if (xpath === null) return { status: 200, headers: type('application/xml'), body: xmlText(root) }
  const { text, isXml } = pick(root, xpath, call.query.get('wrapper'))
  return isXml ? { status: 200, headers: type('application/xml'), body: text } : plainText(text)
}

const PAGES = new Set(['configure', 'console', 'input', 'queue', 'computer'])

function isPage<A>(tables: Table<A>[], rest: readonly string[]): boolean {
  if (rest.length === 0 || PAGES.has(rest.at(-1)!)) return true
  return tables.some(({ things }) => things.some(({ path }) => match(path, rest)))
}

/** The way from an address of the API to the product's own page. */
function page(call: Call, item: Item): Reply {
  const { origin } = call.exchange.info
  const place = isJob(item)
    ? jobPage(item.job)
    : item.project
      ? `/p/${item.project}/pipelines`
      : '/'
  const title = fullDisplayNameOf(item) || 'Madang'
  const headers = { 'content-type': 'text/html;charset=utf-8' }
  return { status: 200, headers, body: placePage(title, origin + place) }
}
