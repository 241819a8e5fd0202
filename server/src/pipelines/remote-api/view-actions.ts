import { listViewXml } from './definition-xml.ts'
import { type Call, empty, redirect, type Reply, xml } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import { unsafeSign } from '../model.ts'
import { type Container, urlOf } from './model.ts'
import { viewPut, viewRemove } from './store.ts'
import type { ViewRow } from './tables.ts'
import { allViewName, includeRegexIn, jobNamesIn, viewRows } from './view-bean.ts'
import { readXml } from './xml-document.ts'

/** Views of everything are the administrator's, those of a project its maintainers'. */
async function needViews(call: Call, of: Container, what: string): Promise<void> {
  if (of.kind === 'root') return call.needAdministrator(`View/${what}`)
  await call.need(of.project, 'maintainer', `View/${what}`)
}

async function rowOf(call: Call, of: Container, name: string): Promise<ViewRow> {
  const row = (await viewRows(call, of)).find((view) => view.name === name)
  if (row) return row
  if (name === allViewName(of)) throw new Failure(400, `The view ${name} shows everything always`)
  throw notFound(`view ${name}`)
}

export async function createView(call: Call, of: Container): Promise<Reply> {
  await needViews(call, of, 'Create')
  const name = (await call.given('name'))?.trim()
  if (!name) throw new Failure(400, 'No name is specified')
  const sign = unsafeSign(name)
  if (sign) throw new Failure(400, `‘${sign}’ is an unsafe character`)
  const names = (await viewRows(call, of)).map((view) => view.name)
  if ([...names, allViewName(of)].includes(name)) {
    throw new Failure(400, `A view already exists with the name ‘${name}’`)
  }
  const isXml = /^(application|text)\/xml\b/i.test(call.type)
  const config = isXml ? await call.text() : await emptyView(call, name)
  await keep(call, { project: of.project, path: of.names.join('/'), name, config })
  if (isXml) return empty()
  return redirect(`${call.base}${urlOf(of)}view/${encodeURIComponent(name)}/configure`)
}

async function emptyView(call: Call, name: string): Promise<string> {
  const mode = await call.given('mode')
  if (mode === undefined) throw new Failure(400, 'No mode given')
  if (mode !== 'hudson.model.ListView') throw new Failure(400, `No view type ‘${mode}’ is known`)
  return listViewXml(name, [])
}

function keep(call: Call, row: ViewRow): Promise<void> {
  const { tagName } = readXml(row.config)
  if (tagName !== 'hudson.model.ListView') {
    throw new Failure(400, `No view type ‘${tagName}’ is known`)
  }
  checkRegex(includeRegexIn(row.config))
  return call.parts.kernel.database.write((tx) => viewPut(tx, row))
}

/** A repeated group that repeats inside takes time without end on a name made for it. */
function checkRegex(regex: string): void {
  if (regex.length > 500 || /\([^()]*[*+}][^()]*\)\s*[*+{]/.test(regex)) {
    throw new Failure(400, 'The view’s expression would take too long')
  }
  try {
    // oxlint-disable-next-line no-new
    new RegExp(regex)
  } catch (error) {
    throw new Failure(400, (error as Error).message)
  }
}

export async function readViewConfig(call: Call, of: Container, name: string): Promise<Reply> {
  if (name === allViewName(of)) {
    return xml(`<?xml version='1.1' encoding='UTF-8'?>
<hudson.model.AllView>
  <name>${name}</name>
  <filterExecutors>false</filterExecutors>
  <filterQueue>false</filterQueue>
  <properties class="hudson.model.View$PropertyList"/>
</hudson.model.AllView>`)
  }
  return xml((await rowOf(call, of, name)).config)
}

export async function writeViewConfig(call: Call, of: Container, name: string): Promise<Reply> {
  await needViews(call, of, 'Configure')
  await keep(call, { ...(await rowOf(call, of, name)), config: await call.text() })
  return empty()
}

export async function deleteView(call: Call, of: Container, name: string): Promise<Reply> {
  await needViews(call, of, 'Delete')
  const row = await rowOf(call, of, name)
  await call.parts.kernel.database.write((tx) => viewRemove(tx, row))
  return redirect(call.base + urlOf(of))
}

/** `addJobToView` and `removeJobFromView`. */
export async function changeJobs(
  call: Call,
  of: Container,
  name: string,
  isAdded: boolean,
): Promise<Reply> {
  await needViews(call, of, 'Configure')
  const row = await rowOf(call, of, name)
  const job = await call.given('name')
  if (job === undefined) throw new Failure(400, 'Query parameter ‘name’ is required')
  const children = (await call.items.children(of)).map((item) => item.names.at(-1) ?? item.project)
  if (isAdded && !children.includes(job)) throw new Failure(400, `No such job: ${job}`)
  const others = jobNamesIn(row.config).filter((known) => known !== job)
  const jobs = isAdded ? [...others, job] : others
  await keep(call, { ...row, config: listViewXml(name, jobs, includeRegexIn(row.config)) })
  return empty()
}
