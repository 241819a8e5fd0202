import { Zip, ZipDeflate } from 'fflate'
import type { RunRow } from '../tables.ts'
import type { PipelinesTables } from '../tables.ts'
import { archivedBy } from './artifacts.ts'
import { parametersIn } from './build-start.ts'
import { type Call, empty, json, plainText, redirect, type Reply } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import { escapeXml } from './formats.ts'
import { type JobItem, urlOf } from './model.ts'
import { PlainJobs } from './plain-jobs.ts'
import { stageOfNode } from './stage-view.ts'
import { maySubmit, waitingInputs } from '../store-inputs.ts'

const PIECE_BYTES = 1024 * 1024

const runUrl = (call: Call, item: JobItem, run: RunRow) =>
  `${call.base}${urlOf(item)}${run.number}/`

async function* logFrom({ parts }: Call, run: RunRow, from: number) {
  for (let offset = from; ;) {
    const ask = { offset, limitBytes: PIECE_BYTES }
    const part = await parts.door.runLog(run.project, run.id, ask)
    if (part.text !== '') yield { text: part.text, nextOffset: part.nextOffset }
    if (part.isWhole || part.nextOffset <= offset) return
    offset = part.nextOffset
  }
}

export function consoleText(call: Call, run: RunRow): Reply {
  async function* bytes() {
    for await (const { text } of logFrom(call, run, 0)) yield Buffer.from(text)
  }
  const headers = { 'content-type': 'text/plain;charset=utf-8' }
  return { status: 200, headers, body: bytes() }
}

/** The log from a byte on, what it is long now, and whether more may come. */
export async function progressiveLog(call: Call, run: RunRow, isHtml: boolean): Promise<Reply> {
  const start = Math.max(0, Number((await call.given('start')) ?? 0) || 0)
  // Asked before reading: a line written meanwhile is fetched with the next call.
  const isOpen = (await call.parts.door.runGet(run.project, run.id)).state !== 'finished'
  let text = ''
  let size = start
  for await (const part of logFrom(call, run, start)) {
    text += part.text
    size = part.nextOffset
  }
  const reply = plainText(isHtml ? escapeXml(text) : text)
  const headers: Record<string, string> = { ...reply.headers, 'x-text-size': String(size) }
  if (isHtml) headers['content-type'] = 'text/html;charset=utf-8'
  if (isOpen) headers['x-more-data'] = 'true'
  return { ...reply, headers }
}

/** `stop`, `term`, `kill`: each one more makes it end harder; a finished build stays as it is. */
export async function stopBuild(call: Call, item: JobItem, run: RunRow): Promise<Reply> {
  await call.need(item.project, 'developer', 'Job/Cancel')
  if (run.state !== 'finished') await call.parts.runs.abort(run, call.actor)
  return redirect(runUrl(call, item, run))
}

export async function deleteBuild(call: Call, item: JobItem, run: RunRow): Promise<Reply> {
  await call.need(item.project, 'maintainer', 'Run/Delete')
  if (run.state !== 'finished') throw new Failure(400, 'Unable to delete a build that is running')
  await new PlainJobs(call.parts).forget(run)
  return redirect(call.base + urlOf(item))
}

export async function describeBuild(call: Call, item: JobItem, run: RunRow): Promise<Reply> {
  await call.need(item.project, 'developer', 'Run/Update')
  const description = (await call.given('description')) ?? ''
  await call.parts.kernel.database.write((tx) =>
    tx
      .tables<PipelinesTables>()
      .updateTable('pipelines_run')
      .set({ description })
      .where('id', '=', run.id)
      .execute(),
  )
  return redirect(runUrl(call, item, run))
}

/** `replay/run` with `{"mainScript": …}` as the page's form has it. */
export async function replayBuild(call: Call, item: JobItem, run: RunRow): Promise<Reply> {
  await call.need(item.project, 'developer', 'Run/Replay')
  const form = await call.form()
  const script = form.get('mainScript') ?? mainScriptIn(form.get('json') ?? '{}')
  if (script === undefined) throw new Failure(400, 'The form has no mainScript')
  await call.parts.door.runReplay(call.actor, run.project, run.id, script)
  return redirect(call.base + urlOf(item))
}

/** The same script and parameters once more. */
export async function rebuild(call: Call, item: JobItem, run: RunRow): Promise<Reply> {
  await call.need(item.project, 'developer', 'Run/Replay')
  await call.parts.door.runAgain(call.actor, run.project, run.id)
  return redirect(call.base + urlOf(item))
}

function mainScriptIn(text: string): string | undefined {
  try {
    const { mainScript } = JSON.parse(text) as { mainScript?: unknown }
    return typeof mainScript === 'string' ? mainScript : undefined
  } catch (error) {
    throw new Failure(400, `The form's json cannot be read: ${(error as Error).message}`)
  }
}

/** `proceedEmpty`, `proceed`, `submit` and `abort` of an input; its id in any case, as in Jenkins. */
export async function answerInput(
  call: Call,
  item: JobItem,
  run: RunRow,
  about: { id: string; how: string },
): Promise<Reply> {
  await call.need(item.project, 'developer', 'Job/Build')
  const inputs = await waitingInputs(call.parts.kernel.database, run.id)
  const input = inputs.find(({ id }) => id.toLowerCase() === about.id.toLowerCase())
  if (!input) throw notFound(`input ${about.id}`)
  const form = await call.form()
  const isRefused = about.how === 'abort' || (about.how === 'submit' && form.has('abort'))
  if (!isRefused && !maySubmit(input.submitter, call.actor)) {
    throw new Failure(400, `You need to be ${input.submitter} to submit this.`)
  }
  const given = form.get('json') ?? call.query.get('json') ?? '{}'
  await call.parts.door.inputSubmit(call.actor, {
    project: run.project,
    run: run.id,
    input: input.id,
    proceed: !isRefused,
    parameters: isRefused || about.how === 'proceedEmpty' ? {} : parametersIn(given),
  })
  return about.how === 'submit' ? redirect(`${runUrl(call, item, run)}console`) : empty()
}

/** `artifact/<path>`; `*zip*` below a folder gives what is in it as an archive. */
export async function sendArtifact(call: Call, run: RunRow, path: string[]): Promise<Reply> {
  const at = path.indexOf('*zip*')
  const found = await archivedBy(call.parts, run)
  if (at >= 0) {
    const prefix = path.slice(0, at).map((name) => `${name}/`)
    const inside = found.filter((artifact) => artifact.path.startsWith(prefix.join('')))
    if (inside.length === 0) throw notFound('No artifacts')
    const body = zipped(call, inside, prefix.slice(0, -1).join('').length)
    return { status: 200, headers: { 'content-type': 'application/zip' }, body }
  }
  const artifact = found.find((entry) => entry.path === path.join('/'))
  if (!artifact) throw notFound(path.join('/'))
  const name = encodeURIComponent(path.at(-1)!)
  const headers = {
    'content-type': artifact.contentType,
    'content-length': String(artifact.sizeBytes),
    // What a build made is never run as a page of ours.
    'content-security-policy': "sandbox; default-src 'none'",
    'content-disposition': `attachment; filename*=UTF-8''${name}`,
  }
  return { status: 200, headers, body: await call.parts.registry.artifactRead(artifact) }
}

async function* zipped(
  { parts }: Call,
  artifacts: Awaited<ReturnType<typeof archivedBy>>,
  cut: number,
): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = []
  const archive = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  const root = cut === 0 ? 'archive/' : ''
  for (const artifact of artifacts) {
    const entry = new ZipDeflate(root + artifact.path.slice(cut), { level: 6 })
    archive.add(entry)
    for await (const piece of await parts.registry.artifactRead(artifact)) {
      entry.push(piece, false)
      yield* pieces.splice(0)
    }
    entry.push(new Uint8Array(0), true)
    yield* pieces.splice(0)
  }
  archive.end()
  yield* pieces.splice(0)
}

/** `execution/node/<id>/wfapi/log`: one stage's part of the log. */
export async function nodeLog(call: Call, item: JobItem, run: RunRow, id: string): Promise<Reply> {
  const stage = await stageOfNode(call, run, id)
  if (!stage) throw notFound(`node ${id}`)
  const ask = { offset: 0, limitBytes: PIECE_BYTES, stage: stage.id }
  const { text, isWhole } = await call.parts.door.runLog(run.project, run.id, ask)
  return json({
    nodeId: id,
    nodeStatus: stage.state === 'finished' ? 'SUCCESS' : 'IN_PROGRESS',
    length: text.length,
    hasMore: !isWhole,
    text: escapeXml(text),
    consoleUrl: `/jenkins/${urlOf(item)}${run.number}/execution/node/${id}/log`,
  })
}
