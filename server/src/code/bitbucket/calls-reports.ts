import { parseColumn, stringify } from '../../kernel/index.ts'
import { requiredText, textIn } from './body.ts'
import { type Call, inRepo, nothing, type RepoAsk } from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { commitAt } from './revisions.ts'
import {
  annotationsOf,
  putAnnotation,
  putReport,
  removeAnnotation,
  removeReport,
  reportsOf,
} from './store-reports.ts'
import { type AnnotationRow, bitbucketTables, type ReportRow } from './tables.ts'
import { uuidOf } from '../uuid.ts'

// Code Insights: what tools found in a commit. The limits are those the original documents.
const MOST_ANNOTATIONS = 1000
const MOST_AT_ONCE = 100
const MOST_DATA = 10

const choices = {
  report_type: ['SECURITY', 'COVERAGE', 'TEST', 'BUG'],
  report_result: ['PASSED', 'FAILED', 'PENDING'],
  annotation_type: ['VULNERABILITY', 'CODE_SMELL', 'BUG'],
  annotation_result: ['PASSED', 'FAILED', 'SKIPPED', 'IGNORED'],
  severity: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'],
  data_type: ['BOOLEAN', 'DATE', 'DURATION', 'LINK', 'NUMBER', 'PERCENTAGE', 'TEXT'],
} as const

function choiceIn(body: Json, name: string, from: readonly string[]): string | undefined {
  const value = textIn(body, name)
  if (value === undefined || from.includes(value)) return value
  throw badFields({ [name]: [`"${value}" is not one of ${from.join(', ')}.`] })
}

const dbOf = (ask: RepoAsk) => bitbucketTables(ask.parts.context.kernel.database)

async function commitOf(ask: RepoAsk) {
  return { repo_id: ask.repo.row.id, sha: await commitAt(ask, ask.params['commit']!) }
}

async function find(ask: RepoAsk): Promise<ReportRow> {
  const { reportId = '' } = ask.params
  const rows = await reportsOf(dbOf(ask), await commitOf(ask))
  const row = rows.find(
    ({ id, external_id }) => external_id === reportId || uuidOf(id) === reportId,
  )
  if (row) return row
  throw new BitbucketError(404, `Report with external id ${reportId} does not exist`)
}

async function presentReport(ask: RepoAsk, row: ReportRow): Promise<Json> {
  const commit = `${await repoUrl(ask, ask.repo)}/commit/${row.sha}`
  return {
    type: 'report',
    uuid: uuidOf(row.id),
    external_id: row.external_id,
    ...parseColumn<Json>(row.content),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.updated_at),
    links: { self: { href: `${commit}/reports/${encodeURIComponent(row.external_id)}` } },
  }
}

function dataIn(body: Json): unknown[] | undefined {
  const { data } = body
  if (data === undefined) return undefined
  if (!Array.isArray(data)) throw badFields({ data: ['A list is expected.'] })
  if (data.length > MOST_DATA) throw badFields({ data: [`At most ${MOST_DATA} elements.`] })
  for (const entry of data as Json[]) choiceIn(entry, 'type', choices.data_type)
  return data
}

function reportIn(body: Json): Json {
  return {
    title: requiredText(body, 'title'),
    details: requiredText(body, 'details'),
    report_type: choiceIn(body, 'report_type', choices.report_type),
    result: choiceIn(body, 'result', choices.report_result),
    reporter: textIn(body, 'reporter'),
    link: textIn(body, 'link'),
    logo_url: textIn(body, 'logo_url'),
    remote_link_enabled: body['remote_link_enabled'] === true,
    data: dataIn(body),
  }
}

async function put(ask: RepoAsk) {
  const { database, ids, clock } = ask.parts.context.kernel
  const nowMs = clock.now()
  const row = {
    id: ids.next('rep'),
    ...(await commitOf(ask)),
    external_id: ask.params['reportId']!,
    content: stringify(reportIn(await ask.body.json())),
    created_at: nowMs,
    updated_at: nowMs,
  }
  await database.write((tx) => putReport(bitbucketTables(tx), row))
  return presentReport(ask, await find(ask))
}

async function remove(ask: RepoAsk) {
  const { id } = await find(ask)
  const { database } = ask.parts.context.kernel
  await database.write((tx) => removeReport(bitbucketTables(tx), id))
  return nothing()
}

function presentAnnotation(row: AnnotationRow): Json {
  return {
    type: 'report_annotation',
    uuid: uuidOf(row.id),
    external_id: row.external_id,
    ...parseColumn<Json>(row.content),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.updated_at),
  }
}

function annotationIn(body: Json): Json {
  const { line } = body
  if (line !== undefined && line !== null && !(Number.isInteger(line) && Number(line) >= 0)) {
    throw badFields({ line: ['A whole number is expected.'] })
  }
  return {
    annotation_type: choiceIn(body, 'annotation_type', choices.annotation_type),
    summary: requiredText(body, 'summary'),
    details: textIn(body, 'details'),
    path: textIn(body, 'path'),
    line: line ?? undefined,
    severity: choiceIn(body, 'severity', choices.severity),
    result: choiceIn(body, 'result', choices.annotation_result),
    link: textIn(body, 'link'),
  }
}

async function saveAnnotations(ask: RepoAsk, report: ReportRow, bodies: Json[]) {
  const { database, ids, clock } = ask.parts.context.kernel
  const nowMs = clock.now()
  const rows = bodies.map((body) => ({
    id: ids.next('ann'),
    report_id: report.id,
    external_id: requiredText(body, 'external_id'),
    content: stringify(annotationIn(body)),
    created_at: nowMs,
    updated_at: nowMs,
  }))
  const wanted = new Set(rows.map(({ external_id }) => external_id))
  await database.write(async (tx) => {
    const db = bitbucketTables(tx)
    for (const row of rows) await putAnnotation(db, row)
    const { length } = await annotationsOf(db, report.id)
    if (length <= MOST_ANNOTATIONS) return
    throw new BitbucketError(400, `A report holds at most ${MOST_ANNOTATIONS} annotations.`)
  })
  return (await annotationsOf(dbOf(ask), report.id))
    .filter(({ external_id }) => wanted.has(external_id))
    .map(presentAnnotation)
}

async function makeAnnotations(ask: RepoAsk) {
  const report = await find(ask)
  const bodies = await ask.body.list()
  if (bodies.length > MOST_AT_ONCE) {
    const message = `Bulk upload supports a maximum of ${MOST_AT_ONCE} annotations.`
    throw new BitbucketError(400, message)
  }
  return saveAnnotations(ask, report, bodies)
}

async function putOne(ask: RepoAsk) {
  const report = await find(ask)
  const external_id = ask.params['annotationId']!
  const [saved] = await saveAnnotations(ask, report, [{ ...(await ask.body.json()), external_id }])
  return saved
}

async function findAnnotation(ask: RepoAsk): Promise<AnnotationRow> {
  const { annotationId = '' } = ask.params
  const rows = await annotationsOf(dbOf(ask), (await find(ask)).id)
  const row = rows.find(
    ({ id, external_id }) => external_id === annotationId || uuidOf(id) === annotationId,
  )
  if (row) return row
  throw new BitbucketError(404, `Annotation with external id ${annotationId} does not exist`)
}

async function dropAnnotation(ask: RepoAsk) {
  const { id } = await findAnnotation(ask)
  const { database } = ask.parts.context.kernel
  await database.write((tx) => removeAnnotation(bitbucketTables(tx), id))
  return nothing()
}

const reading = inRepo('viewer')
const writing = inRepo('developer')
const REPORTS = '/commit/:commit/reports'
const ANNOTATIONS = `${REPORTS}/:reportId/annotations`

export const reportCalls: Call[] = [
  reading('GET', REPORTS, async (ask) => {
    const all = await reportsOf(dbOf(ask), await commitOf(ask))
    return listing(ask, { all, present: (row) => presentReport(ask, row) })
  }),
  reading('GET', `${REPORTS}/:reportId`, async (ask) => presentReport(ask, await find(ask))),
  writing('PUT', `${REPORTS}/:reportId`, put),
  writing('DELETE', `${REPORTS}/:reportId`, remove),
  reading('GET', ANNOTATIONS, async (ask) => {
    const all = await annotationsOf(dbOf(ask), (await find(ask)).id)
    return listing(ask, { all, present: presentAnnotation })
  }),
  writing('POST', ANNOTATIONS, makeAnnotations),
  reading('GET', `${ANNOTATIONS}/:annotationId`, async (ask) =>
    presentAnnotation(await findAnnotation(ask)),
  ),
  writing('PUT', `${ANNOTATIONS}/:annotationId`, putOne),
  writing('DELETE', `${ANNOTATIONS}/:annotationId`, dropAnnotation),
]
