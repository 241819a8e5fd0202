import type { Container, Item, JobItem } from './model.ts'
import { type Call, empty, redirect, type Reply, xml } from './exchange.ts'
import { branchXml, emptyJobXml, folderXml, multibranchXml } from './definition-xml.ts'
import { readDefinition } from './definition.ts'
import { Failure, notFound } from './failure.ts'
import { unsafeSign } from '../model.ts'
import { fullNameOf, isJob, nameOf, urlOf } from './model.ts'
import { ROOT_PROJECT } from './parts.ts'
import { PlainJobs } from './plain-jobs.ts'
import { itemsOf } from './store.ts'
import { waitingRunOf, buildsOf } from './store-builds.ts'
import type { ItemRow } from './tables.ts'
import type { PipelinesTables } from '../tables.ts'

const PROJECT_KEY = /^[A-Z][A-Z0-9]{1,9}$/

/** `createItem`: from XML, by copying, or an empty one of a mode. */
export async function createItem(call: Call, of: Container): Promise<Reply> {
  await needCreate(call, of)
  const name = (call.query.get('name') ?? (await call.given('name')))?.trim()
  if (name === undefined) throw new Failure(400, 'Query parameter ‘name’ is required')
  checkName(name)
  const existing = await call.items.find(pathIn(of, name))
  if (existing) throw new Failure(400, `A job already exists with the name ‘${name}’`)
  const mode = await call.given('mode')
  if (mode === 'copy') return copyItem(call, of, name)
  if (isXml(call)) {
    await createFromXml(call, of, name, await call.text())
    return empty()
  }
  await createFromXml(call, of, name, emptyOf(mode))
  return redirect(call.base + urlOf(childOf(of, name)))
}

const isXml = ({ type }: Call) => /^(application|text)\/xml\b/i.test(type)

function emptyOf(mode: string | undefined): string {
  if (mode === undefined) throw new Failure(400, 'No mode given')
  if (mode.endsWith('.Folder')) return folderXml()
  if (mode.endsWith('.WorkflowJob')) return emptyJobXml(true)
  if (mode.endsWith('.FreeStyleProject')) return emptyJobXml(false)
  throw new Failure(400, `No item type ‘${mode}’ is known`)
}

/** Who may create here: outside any project whoever may make that one. */
async function needCreate(call: Call, of: Container): Promise<void> {
  if (of.kind === 'multibranch') throw new Failure(405, 'Branches make the jobs of a repository')
  if (of.kind !== 'root') return call.need(of.project, 'maintainer', 'Job/Create')
  if (await call.parts.identity.projectGet(ROOT_PROJECT)) {
    return call.need(ROOT_PROJECT, 'maintainer', 'Job/Create')
  }
  await call.needSignedIn('Job/Create')
}

function checkName(name: string): void {
  if (name === '') throw new Failure(400, 'No name is specified')
  const sign = unsafeSign(name)
  if (sign) throw new Failure(400, `‘${sign}’ is an unsafe character`)
  if (name === '.' || name === '..') throw new Failure(400, `“${name}” is not an allowed name`)
  if (name.length > 200) throw new Failure(400, 'The name is too long')
}

const pathIn = (of: Container, name: string): string[] =>
  of.kind === 'root' || of.project === ROOT_PROJECT
    ? [...of.names, name]
    : [of.project, ...of.names, name]

const childOf = (of: Container, name: string) => ({
  project: of.kind === 'root' ? ROOT_PROJECT : of.project,
  names: [...of.names, name],
})

/** Makes an item of a config.xml in a container; gives what of it can't be done here. */
export async function createFromXml(
  call: Call,
  of: Container,
  name: string,
  config: string,
): Promise<string[]> {
  const definition = readDefinition(config)
  const { project, names } = childOf(of, name)
  const path = names.join('/')
  const isTop = of.kind === 'root'
  if (isTop && definition.kind === 'folder' && PROJECT_KEY.test(name)) {
    await makeProject(call, name, definition.description)
    return []
  }
  if (isTop) await makeRootProject(call)
  const { kernel, code } = call.parts
  const isDisabled = definition.kind === 'job' && definition.isDisabled
  const row: ItemRow = {
    project,
    path,
    kind: definition.kind,
    config,
    disabled: isDisabled ? 1 : 0,
    created_at: kernel.clock.now(),
  }
  if (definition.kind === 'multibranch') {
    if (names.length > 1) {
      throw new Failure(400, 'Repositories stand directly in a project, and so do their branches')
    }
    await kernel.database.write((tx) => code.repoCreate(tx, call.actor, { project, name }))
  }
  return new PlainJobs(call.parts).put(call.actor, row)
}

async function makeRootProject(call: Call): Promise<void> {
  if (await call.parts.identity.projectGet(ROOT_PROJECT)) return
  await makeProject(call, ROOT_PROJECT, 'Jobs outside any project, by the Jenkins Remote API')
}

async function makeProject(call: Call, key: string, description: string): Promise<void> {
  const { identity, kernel } = call.parts
  const name = key === ROOT_PROJECT ? 'Jenkins' : key
  await kernel.database.write((tx) =>
    identity.projectCreate(tx, call.actor, { key, name, description }),
  )
}

async function copyItem(call: Call, of: Container, name: string): Promise<Reply> {
  const from = await call.given('from')
  if (from === undefined) throw new Failure(400, 'Query parameter ‘from’ is required')
  const path = from.startsWith('/') ? from.split('/').filter(Boolean) : pathIn(of, from)
  const source = await call.items.find(path)
  if (!source) throw new Failure(400, `No such job: ${from}`)
  if (source.kind !== 'plain' && source.kind !== 'folder') {
    throw new Failure(400, `${from} belongs to a repository; fork that instead`)
  }
  await createFromXml(call, of, name, source.row.config)
  if (source.kind === 'folder') await copyInside(call, source, childOf(of, name).names.join('/'))
  return redirect(call.base + urlOf(childOf(of, name)))
}

async function copyInside(call: Call, { project, row }: Item & { row: ItemRow }, path: string) {
  const { database, clock } = call.parts.kernel
  const inside = await itemsOf(database, project)
  for (const found of inside.filter((entry) => entry.path.startsWith(`${row.path}/`))) {
    const to = path + found.path.slice(row.path.length)
    const copy = { ...found, path: to, created_at: clock.now() }
    await new PlainJobs(call.parts).put(call.actor, copy)
  }
}

/** config.xml as it was given; of what comes from a repository, as Jenkins would have it. */
export async function readConfig(call: Call, item: Item): Promise<Reply> {
  await call.need(item.project, 'developer', 'Job/ExtendedRead', 'read')
  const remote = (repo: string) => `${call.exchange.info.origin}/git/${item.project}/${repo}.git`
  if (item.kind === 'branch') return xml(branchXml(remote(item.repo), item.job.branch))
  if (item.kind === 'multibranch') return xml(item.row?.config ?? multibranchXml(remote(item.repo)))
  if (item.kind === 'project') return xml(folderXml(item.description))
  if (item.kind === 'root') throw notFound('config.xml')
  return xml(item.row.config)
}

export async function writeConfig(call: Call, item: Item): Promise<Reply> {
  await call.need(item.project, 'maintainer', 'Job/Configure')
  const row = ownRow(item)
  const config = await call.text()
  const definition = readDefinition(config)
  if (definition.kind !== row.kind) {
    throw new Failure(400, `A ${row.kind} can't become a ${definition.kind}`)
  }
  const disabled = definition.kind === 'job' && definition.isDisabled ? 1 : 0
  await new PlainJobs(call.parts).put(call.actor, { ...row, config, disabled })
  return empty()
}

/** The row of what stands in its configuration; a repository's jobs are changed in the repository. */
function ownRow(item: Item): ItemRow {
  if (item.kind === 'plain' || item.kind === 'folder') return item.row
  const name = fullNameOf(item)
  if (item.kind === 'project') throw new Failure(400, `${name} is a project; change it on its page`)
  throw new Failure(400, `${name} comes from a repository; change it there`)
}

export async function setDisabled(call: Call, item: JobItem, isOff: boolean): Promise<Reply> {
  await call.need(item.project, 'maintainer', 'Job/Configure')
  const row = ownRow(item)
  const config = withDisabled(row.config, isOff)
  await new PlainJobs(call.parts).put(call.actor, { ...row, config, disabled: isOff ? 1 : 0 })
  return redirect(call.base + urlOf(item))
}

function withDisabled(config: string, isOff: boolean): string {
  const element = `<disabled>${isOff}</disabled>`
  const own = /<disabled>\s*\w*\s*<\/disabled>|<disabled\s*\/>/
  if (own.test(config)) return config.replace(own, element)
  const end = config.lastIndexOf('</')
  if (end >= 0) return `${config.slice(0, end)}  ${element}\n${config.slice(end)}`
  return config.replace(/<([\w.-]+)([^<>]*)\/>\s*$/, `<$1$2>${element}</$1>`)
}

export async function deleteItem(call: Call, item: Item): Promise<Reply> {
  await call.need(item.project, 'maintainer', 'Job/Delete')
  const row = ownRow(item)
  const jobs = new PlainJobs(call.parts)
  if (row.kind === 'folder') {
    const inside = await itemsOf(call.parts.kernel.database, row.project)
    const found = inside.filter(({ path }) => path.startsWith(`${row.path}/`))
    for (const entry of found.reverse()) await jobs.remove(call.actor, entry)
  }
  await jobs.remove(call.actor, row)
  return redirect(call.base + urlOf({ project: item.project, names: item.names.slice(0, -1) }))
}

export async function renameItem(call: Call, item: Item): Promise<Reply> {
  await call.need(item.project, 'maintainer', 'Job/Configure')
  const row = ownRow(item)
  const name = (await call.given('newName'))?.trim()
  if (name === undefined) throw new Failure(400, 'Query parameter ‘newName’ is required')
  checkName(name)
  const names = [...item.names.slice(0, -1), name]
  const to = { project: item.project, names }
  if (name === nameOf(item)) throw new Failure(400, 'The new name is the same as the current name.')
  const path = item.project === ROOT_PROJECT ? names : [item.project, ...names]
  if (await call.items.find(path)) {
    throw new Failure(400, `The name “${name}” is already in use.`)
  }
  await moveWhole(call, item, row, names.join('/'))
  return redirect(call.base + urlOf(to))
}

async function moveWhole(call: Call, item: Item, row: ItemRow, path: string): Promise<void> {
  const { kernel } = call.parts
  const jobs = new PlainJobs(call.parts)
  if (isJob(item) && (await isBusy(call, item))) {
    throw new Failure(400, `Unable to rename ${nameOf(item)} while it is building`)
  }
  if (row.kind === 'folder') {
    const inside = await itemsOf(kernel.database, row.project)
    for (const entry of inside.filter((found) => found.path.startsWith(`${row.path}/`))) {
      await jobs.move(call.actor, entry, path + entry.path.slice(row.path.length))
    }
  }
  await jobs.move(call.actor, row, path)
}

async function isBusy(call: Call, { job }: JobItem): Promise<boolean> {
  const db = call.parts.kernel.database.tables<PipelinesTables>()
  const [last] = await buildsOf(db, job.id, 1)
  return (last && last.state !== 'finished') || (await waitingRunOf(db, job.id)) !== undefined
}
