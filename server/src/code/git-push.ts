import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Actor, errorText } from '../kernel/index.ts'
import { rulesOf } from './branch-rules.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { GitHttpError } from './git-call.ts'
import { type Gate, openGate, refusalOf } from './gate/index.ts'
import { lastWords } from './git-fetch.ts'
import { startGit, stderrOf } from './git-process.ts'
import { PushReport } from './push-report.ts'
import { hasCapability, type PushHead, readPushHead, writePushHead } from './push-request.ts'
import { judgePush, type PushVerdict } from './push-rules.ts'
import { branchOf, NO_SHA } from './ref-name.ts'
import type { RefsSync } from './refs-sync.ts'
import { refsOf } from './store-repos.ts'
import { tidyWhenNeeded } from './jobs.ts'

/**
 * The largest single piece git may ask memory for. Files above half of it are streamed and need
 * none; a commit or tree that says it is larger is a lie or an attack, and git says so and ends.
 */
const MOST_MEMORY = '1g'

/** A push on its way in, over HTTP or SSH. */
export interface PushCall {
  repo: OpenRepo
  actor: Actor
  isMaintainer: boolean
  /** `version=1` and the like, to be handed to git; empty for the first protocol. */
  protocol: string
  /** What the client sends, as it was before compression. */
  body: AsyncIterable<Buffer>
  /** Hands the client its progress while the push is under way. */
  say(bytes: Buffer): void
}

type Body = AsyncIterator<Buffer>

/**
 * Judges the commands, streams the pack into git, records what moved, and only then gives the rest
 * of the answer: how it went. A push that breaks off leaves nothing: git keeps what arrives apart
 * until it is whole.
 */
export async function servePush(
  context: CodeContext,
  sync: RefsSync,
  call: PushCall,
): Promise<Buffer> {
  const sent = call.body[Symbol.asyncIterator]()
  const head = await readPushHead(sent)
  if (!head) return Buffer.alloc(0)
  // Over SSH nothing follows commands that only delete, not even an end: waiting would be for ever.
  const hasPack = head.commands.some(({ after }) => after !== NO_SHA)
  const body = hasPack ? sent : nothing()
  const verdict = judgePush(call.repo, head.commands, {
    actorId: call.actor.id,
    isMaintainer: call.isMaintainer,
    rules: await rulesOf(context, call.repo),
    isAtomic: hasCapability(head, 'atomic'),
    isRepoEmpty: await isEmpty(context, call),
  })
  const report = new PushReport(hasCapability(head, 'side-band-64k'))
  if (verdict.accepted.length > 0)
    await receive(context, sync, { call, head, verdict, body, report })
  await drain(body)
  const wantsReport = /(^| )report-status/.test(head.capabilities)
  return report.finish(verdict.refused, wantsReport)
}

async function* nothing(): AsyncGenerator<Buffer> {}

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
  const settings = [`receive.maxInputSize=${context.pushLimitBytes}`, context.gateSetting]
  if (push.verdict.onlyForward) settings.push('receive.denyNonFastForwards=true')
  const options = settings.flatMap((setting) => ['-c', setting])
  const args = [...options, 'receive-pack', '--stateless-rpc', folder]
  const env = { GIT_PROTOCOL: call.protocol, GIT_ALLOC_LIMIT: MOST_MEMORY }
  const child = startGit(folder, args, env, true)
  const gate: Gate = (moves, objects) =>
    refusalOf(context, { repo: call.repo, actor: call.actor, moves, env: objects })
  openGate(child.stdio[3] as Duplex, gate, (error) =>
    context.kernel.log.error('code.gateFailed', { error: errorText(error) }),
  )
  const stderr = stderrOf(child)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  child.stdout.on('data', (piece: Buffer) => {
    const bytes = report.feed(piece)
    if (bytes.length > 0) call.say(bytes) // progress lines: small, so no back-pressure
  })
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

/** The client reads its answer only after it sent everything. */
async function drain(body: Body): Promise<void> {
  try {
    while (!(await body.next()).done);
  } catch {
    return // it hung up; there is nobody left to answer
  }
}

async function isEmpty(context: CodeContext, call: PushCall): Promise<boolean> {
  const refs = await refsOf(codeTables(context.kernel.database), call.repo.row.id)
  return refs.every((ref) => branchOf(ref.name) === undefined)
}
