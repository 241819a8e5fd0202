import { EndlessMatch, userRegex } from '../../kernel/index.ts'
import { type Bean, inline, type Members, type Value } from './bean.ts'
import type { Shower } from './context.ts'
import { type Container, type Item, nameOf, urlOf } from './model.ts'
import { viewsOf } from './store.ts'
import type { ViewRow } from './tables.ts'
import { elementAt, elementsIn, readXml, textAt } from './xml-document.ts'

/** The view that every container has: it can't be changed. */
export const allViewName = (of: Container): string => (of.kind === 'root' ? 'all' : 'All')

/** `jobs`, `views` and `primaryView` of whatever holds jobs. */
export function viewMembers(shower: Shower, of: Container): Members {
  return {
    jobs: () => jobsIn(shower, of),
    primaryView: inline(viewMention(shower, of, allViewName(of)), 'hudson.model.AllView'),
    views: () => views(shower, of),
  }
}

async function jobsIn(shower: Shower, of: Container): Promise<Value> {
  return (await shower.items.children(of)).map((item) => shower.itemBean(item))
}

const viewMention = ({ base }: Shower, of: Container, name: string): Members => {
  const own = base + urlOf(of)
  // The primary view stands at the container's own address.
  return { name, url: name === allViewName(of) ? own : `${own}view/${encodeURIComponent(name)}/` }
}

async function views(shower: Shower, of: Container): Promise<Value> {
  const rows = await viewRows(shower, of)
  return [allView(shower, of), ...rows.map((row) => listView(shower, of, row))]
}

export function viewRows({ parts }: Pick<Shower, 'parts'>, of: Container): Promise<ViewRow[]> {
  return viewsOf(parts.kernel.database, of.project, of.names.join('/'))
}

export async function viewBean(
  shower: Shower,
  of: Container,
  name: string,
): Promise<Bean | undefined> {
  if (name === allViewName(of)) return allView(shower, of)
  const row = (await viewRows(shower, of)).find((view) => view.name === name)
  return row && listView(shower, of, row)
}

function allView(shower: Shower, of: Container): Bean {
  const name = allViewName(of)
  return {
    class: 'hudson.model.AllView',
    basic: viewMention(shower, of, name),
    full: {
      description: null,
      jobs: () => jobsIn(shower, of),
      ...viewMention(shower, of, name),
      property: [],
    },
  }
}

function listView(shower: Shower, of: Container, row: ViewRow): Bean {
  const root = readXml(row.config)
  return {
    class: 'hudson.model.ListView',
    basic: viewMention(shower, of, row.name),
    full: {
      description: textAt(root, 'description') || null,
      jobs: async () => {
        const children = await shower.items.children(of)
        return children.filter(shownBy(row)).map((item) => shower.itemBean(item))
      },
      ...viewMention(shower, of, row.name),
      property: [],
    },
  }
}

/** Jobs that a list view names. */
export const jobNamesIn = (config: string): string[] =>
  elementsIn(elementAt(readXml(config), 'jobNames'))
    .filter(({ tagName }) => tagName === 'string')
    .map((element) => element.textContent ?? '')

export const includeRegexIn = (config: string): string =>
  textAt(readXml(config), 'includeRegex') ?? ''

function shownBy({ config }: ViewRow): (item: Item) => boolean {
  const names = new Set(jobNamesIn(config))
  const regex = includeRegexIn(config)
  const pattern = regex === '' ? undefined : userRegex(`^(?:${regex})$`)
  return (item) => names.has(nameOf(item)) || (pattern !== undefined && fits(pattern, nameOf(item)))
}

/** One that comes to no end fits nothing: the view still shows the rest. */
function fits(pattern: RegExp, name: string): boolean {
  try {
    return pattern.test(name)
  } catch (error) {
    if (error instanceof EndlessMatch) return false
    throw error
  }
}
