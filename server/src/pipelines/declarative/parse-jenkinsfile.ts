import type { CallExpr, ClosureExpr, Script, SourceFinding, Stmt } from '../groovy/index.ts'
import { parseGroovy } from '../groovy/index.ts'
import { pipelineOf } from './build-model.ts'
import { Findings } from './findings.ts'
import type { Reader } from './matching.ts'
import { matchBlock, matchCall } from './matching.ts'
import { messages } from './messages.ts'
import type { Pipeline } from './model.ts'
import { readPipeline } from './read-stages.ts'
import { validatePipeline } from './validate.ts'
import type { Vocabulary } from './vocabulary.ts'
import { defaultVocabulary } from './vocabulary.ts'

/**
 * `pipeline` is complete only when `findings` is empty; a run with findings must not start.
 * `before` and `after` are the statements around the `pipeline` block, to be run as they stand.
 */
export type Jenkinsfile =
  | {
      kind: 'declarative'
      pipeline: Pipeline
      before: Stmt[]
      after: Stmt[]
      script: Script
      findings: SourceFinding[]
    }
  | { kind: 'scripted'; script: Script; findings: SourceFinding[] }

/** The last files read, newest last: a push, its run and the page all ask for the same one. */
const lately = new Map<string, Jenkinsfile>()
const MOST_FILES = 20
const LARGEST_KEPT = 100_000

/**
 * Reads and validates a Jenkinsfile. Never throws on bad source: what is wrong is in `findings`.
 * The answer may be shared with others who asked for the same text, so nobody changes it.
 */
export function parseJenkinsfile(
  source: string,
  vocabulary: Vocabulary = defaultVocabulary,
): Jenkinsfile {
  if (vocabulary !== defaultVocabulary || source.length > LARGEST_KEPT) {
    return readJenkinsfile(source, vocabulary)
  }
  const file = lately.get(source) ?? readJenkinsfile(source, vocabulary)
  lately.delete(source)
  lately.set(source, file)
  const [oldest] = lately.keys()
  if (lately.size > MOST_FILES && oldest !== undefined) lately.delete(oldest)
  return file
}

/** Characters of a Jenkinsfile: beyond that it is refused unread. */
export const LARGEST_SOURCE = 1024 ** 2

function readJenkinsfile(source: string, vocabulary: Vocabulary): Jenkinsfile {
  if (source.length > LARGEST_SOURCE) {
    const message = `The Jenkinsfile is larger than ${LARGEST_SOURCE} characters`
    return {
      kind: 'scripted',
      script: parseGroovy('').ast,
      findings: [{ message, line: 1, column: 1 }],
    }
  }
  const { ast: script, errors } = parseGroovy(source)
  if (errors.length > 0) return { kind: 'scripted', script, findings: errors }
  const reader: Reader = { source, findings: new Findings(), vocabulary }
  const at = script.body.findIndex((stmt) => isPipelineCall(stmt))
  const findings = reader.findings.list
  if (at < 0) {
    for (const stmt of script.body) findNested(stmt, reader)
    return { kind: 'scripted', script, findings }
  }
  const stmt = script.body[at]!
  const block = matchBlock(stmt)
  if (!block) {
    reader.findings.add(stmt.pos, messages.pipelineWithoutBlock())
    return { kind: 'scripted', script, findings }
  }
  const draft = readPipeline(block, reader)
  validatePipeline(draft, reader)
  return {
    kind: 'declarative',
    pipeline: pipelineOf(draft),
    before: script.body.slice(0, at),
    after: script.body.slice(at + 1),
    script,
    findings,
  }
}

/** A `pipeline { }` that a script calls: in a library, in `evaluate`, or after another one. */
export function readPipelineBlock(
  body: ClosureExpr,
  vocabulary: Vocabulary = defaultVocabulary,
): { pipeline: Pipeline; findings: SourceFinding[] } {
  const reader: Reader = { source: '', findings: new Findings(), vocabulary }
  const { pos, end } = body
  const call: CallExpr = {
    kind: 'call',
    object: null,
    method: 'pipeline',
    style: '.',
    namePos: pos,
    args: [body],
    named: [],
    parens: true,
    pos,
    end,
  }
  const draft = readPipeline({ name: 'pipeline', call, args: [], body }, reader)
  validatePipeline(draft, reader)
  return { pipeline: pipelineOf(draft), findings: reader.findings.list }
}

function isPipelineCall(stmt: Stmt): boolean {
  const call = matchCall(stmt)
  return call?.method === 'pipeline' && call.object === null
}

/** A `pipeline` block inside another block is neither Declarative nor a step. */
function findNested(stmt: Stmt, reader: Reader): void {
  const block = matchBlock(stmt)
  if (!block) return
  if (block.name === 'pipeline') reader.findings.add(stmt.pos, messages.pipelineNotAtTop())
  for (const inner of block.body.body.body) findNested(inner, reader)
}
