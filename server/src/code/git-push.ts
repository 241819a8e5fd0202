import { pipeline } from 'node:stream/promises'
import { type CodeContext, codeTables } from './context.ts'
import { type GitCall, GitHttpError } from './git-call.ts'
import { lastWords } from './git-fetch.ts'
import { startGit, stderrOf } from './git-process.ts'
import { PushReport } from './push-report.ts'
import { hasCapability, type PushHead, readPushHead, writePushHead } from './push-request.ts'
import { judgePush, type PushVerdict } from './push-rules.ts'
import { branchOf } from './ref-name.ts'
import type { RefsSync } from './refs-sync.ts'
import { refsOf } from './store-repos.ts'
import { tidyWhenNeeded } from './jobs.ts'

interface PushCall extends GitCall {
  isMaintainer: boolean
}

type Body = AsyncIterator<Buffer>

/**
 * `POST git-receive-pack`: judges the commands, streams the pack into git, records what moved,
 * and only then tells the client how it went. A push that breaks off leaves nothing: git keeps
 * what arrives apart until it is whole.
 */
export async function servePush(
  context: CodeContext,
  sync: RefsSync,
  call: PushCall,
): Promise<void> {
  const body = (call.body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const head = await readPushHead(body)
  if (!head) {
    await drain(body)
    startAnswer(call).end()
    return
  }
  const verdict = judgePush(call.repo, head.commands, {
    isMaintainer: call.isMaintainer,
    isAtomic: hasCapability(head, 'atomic'),
    isRepoEmpty: await isEmpty(context, call),
  })
  const report = new PushReport(hasCapability(head, 'side-band-64k'))
  if (verdict.accepted.length > 0)
    await receive(context, sync, { call, head, verdict, body, report })
  await drain(body)
  const wantsReport = /(^| )report-status/.test(head.capabilities)
  if (!call.exchange.response.headersSent) startAnswer(call)
  call.exchange.response.end(report.finish(verdict.refused, wantsReport))
}

interface Reception {
  call: PushCall
  head: PushHead
  verdict: PushVerdict
  body: Body
  report: PushReport
}

async function receive(context: CodeContext, sync: RefsSync, push: Reception): Promise<void> {
  const { repo, actor } = push.call
  const refs = Object.fromEntries(push.verdict.accepted.map(({ ref, after }) => [ref, after]))
  const begun = await sync.begin(repo, actor, refs)
  try {
    await throughGit(context, push)
  } finally {
    await sync.settle(repo, [begun])
  }
  await tidyWhenNeeded(context, repo)
}

async function throughGit(context: CodeContext, push: Reception): Promise<void> {
  const { call, report } = push
  const { folder } = call.repo
  const settings = [`receive.maxInputSize=${context.pushLimitBytes}`]
  if (push.verdict.onlyForward) settings.push('receive.denyNonFastForwards=true')
  const options = settings.flatMap((setting) => ['-c', setting])
  const child = startGit(folder, [...options, 'receive-pack', '--stateless-rpc', folder], {
    GIT_PROTOCOL: call.protocol,
  })
  const stderr = stderrOf(child)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  child.stdout.on('data', (piece: Buffer) => passOn(call, report.feed(piece)))
  // Broken off by the client: git sees the end of its input and drops what came. By git: its
  // report says why.
  const sent = pipeline(() => given(push), child.stdin).catch(() => undefined)
  const code = await ended
  await sent
  if (code !== 0 && report.isSilent) {
    throw new GitHttpError(400, `git could not take this push: ${lastWords(stderr())}`)
  }
}

async function* given({ head, verdict, body }: Reception): AsyncGenerator<Buffer> {
  yield writePushHead(head, verdict.accepted)
  yield head.rest
  for (;;) {
    const { value, done } = await body.next()
    if (done) return
    yield value
  }
}

function passOn(call: PushCall, bytes: Buffer): void {
  if (bytes.length === 0) return
  const { response } = call.exchange
  if (!response.headersSent) startAnswer(call)
  response.write(bytes) // progress lines: small, so no back-pressure
}

/** The client reads its answer only after it sent everything. */
async function drain(body: Body): Promise<void> {
  try {
    while (!(await body.next()).done);
  } catch {
    return // it hung up; there is nobody left to answer
  }
}

function startAnswer({ exchange }: PushCall) {
  return exchange.response.writeHead(200, {
    'content-type': 'application/x-git-receive-pack-result',
    'cache-control': 'no-cache',
  })
}

async function isEmpty(context: CodeContext, call: PushCall): Promise<boolean> {
  const refs = await refsOf(codeTables(context.kernel.database), call.repo.row.id)
  return refs.every((ref) => branchOf(ref.name) === undefined)
}
