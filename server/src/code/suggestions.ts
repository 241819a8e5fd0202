import type { Commit } from '@madang/api'
import { type Actor, parseColumn } from '../kernel/index.ts'
import { createAnchors, type StoredPlace } from './comment-anchors.ts'
import { editComment, findComment } from './comments.ts'
import { createCommit } from './commit-create.ts'
import type { CodeContext, OpenRepo } from './context.ts'
import { readFileBytes } from './file-read.ts'
import { openPull } from './pull-requests.ts'
import { refuse } from './refuse.ts'
import type { RefsSync } from './refs-sync.ts'

/** The first ```suggestion block of a text: what the commented lines should become. */
export function suggestionIn(text: string): string[] | undefined {
  const block = /^(`{3,})suggestion[^\n]*\n([\s\S]*?)^\1[ \t]*$/m.exec(text)
  if (!block) return undefined
  const body = block[2]!.replace(/\r\n/g, '\n')
  return body === '' ? [] : body.replace(/\n$/, '').split('\n')
}

/**
 * Commits what a comment suggests to the source branch, in the name of who applies it, and
 * resolves the comment. Throws `suggestionMissing`, `suggestionOutdated`, `commentNotFound`.
 */
export async function applySuggestion(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  given: { actor: Actor; number: number; comment: string; message?: string },
): Promise<Commit> {
  const { actor } = given
  const pull = await openPull(context, repo, given.number)
  const comment = await findComment(context, pull, given.comment)
  const lines = suggestionIn(comment.text)
  const place = comment.place === null ? undefined : parseColumn<StoredPlace>(comment.place)
  if (!lines || place?.side !== 'new') throw refuse('suggestionMissing')
  const { lineNow, startLineNow, pathNow } = await (
    await createAnchors(context, repo, pull)
  ).now(place)
  if (lineNow === undefined || pathNow === undefined) throw refuse('suggestionOutdated')
  const bytes = await readFileBytes(context.objects, repo, { ref: pull.head, path: pathNow })
  if (!bytes) throw refuse('suggestionOutdated')
  const range = { first: startLineNow ?? lineNow, last: lineNow }
  const message = given.message?.trim() || `Apply suggestion to ${pathNow}`
  const made = await createCommit(context, sync, repo, {
    actor,
    given: {
      branch: pull.source,
      message,
      files: [{ path: pathNow, content: replaceLines(bytes, range, lines), keepMode: true }],
      expected: pull.head,
    },
  })
  const edit = { isResolved: true }
  await editComment(context, repo, { actor, pull, id: comment.id, edit })
  return made
}

/** Bytes, not text: a file in another encoding keeps what the suggestion does not touch. */
function replaceLines(
  bytes: Buffer,
  { first, last }: { first: number; last: number },
  lines: string[],
): Buffer {
  const starts = [0]
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1)
  const from = starts[first - 1] ?? bytes.length
  const to = starts[last] ?? bytes.length
  const isDos = bytes.subarray(from, to).includes('\r\n')
  const end = isDos ? '\r\n' : '\n'
  const hadEnd = to > 0 && bytes[to - 1] === 10
  const text = lines.join(end) + (hadEnd && lines.length > 0 ? end : '')
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(to)])
}
