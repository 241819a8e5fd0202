import { pipelinesEndpoints } from '@madang/api'
import { call } from '../api/call.ts'

const KEPT_LINES = 50_000

export interface LogState {
  lines: readonly string[]
  /** The stage of each line, where it was asked for. */
  stages: readonly (string | undefined)[]
  /** It was read at least once. */
  isRead: boolean
  /** Earlier lines were let go, so that a huge log doesn't fill the page. */
  isCut: boolean
}

export interface LogReader {
  /** Reads on from where it stands; does nothing while it reads or once the log is whole. */
  read(): void
  snapshot(): LogState
  subscribe(changed: () => void): () => void
}

/** Follows one log from its beginning; every `read` takes what has come since. */
export function createLogReader(log: {
  project: string
  run: string
  stage: string | undefined
  /** Also says which stage a line belongs to. */
  marks: boolean
}): LogReader {
  const hearers = new Set<() => void>()
  let state: LogState = { lines: [], stages: [], isRead: false, isCut: false }
  let offset = 0
  let rest = ''
  let restStage: string | undefined
  let isWhole = false
  let isReading = false

  const append = (text: string, marks: Marks) => {
    const pieces = (rest + text).split('\n')
    const stages = log.marks ? stagesOf(pieces, { rest, restStage, marks }) : []
    rest = pieces.pop()!
    restStage = stages.pop()
    if (pieces.length === 0 && state.isRead) return
    const all = [...state.lines, ...pieces]
    state = {
      isRead: true,
      lines: all.length > KEPT_LINES ? all.slice(-KEPT_LINES) : all,
      stages: [...state.stages, ...stages].slice(-KEPT_LINES),
      isCut: state.isCut || all.length > KEPT_LINES,
    }
    for (const hear of hearers) hear()
  }
  const readOn = async () => {
    for (let more = true; more;) {
      const part = await call(pipelinesEndpoints.runLog, {
        params: { project: log.project, run: log.run },
        query: {
          offset,
          ...(log.stage ? { stage: log.stage } : {}),
          ...(log.marks ? { marks: 'true' } : {}),
        },
      })
      more = part.nextOffset > offset && !part.isWhole
      offset = part.nextOffset
      isWhole = part.isWhole
      append(isWhole && !part.text.endsWith('\n') ? `${part.text}\n` : part.text, part.marks ?? [])
    }
  }
  return {
    read() {
      if (isReading || isWhole) return
      isReading = true
      // A failed read is made again by the next message or tick; the page itself shows a lost server.
      const done = () => {
        isReading = false
      }
      readOn().then(done, done)
    },
    snapshot: () => state,
    subscribe(changed) {
      hearers.add(changed)
      return () => hearers.delete(changed)
    },
  }
}

type Marks = { stage?: string | undefined; characters: number }[]

interface Before {
  rest: string
  restStage: string | undefined
  marks: Marks
}

/** The stage of each line: the one that its first character belongs to. */
function stagesOf(lines: string[], { rest, restStage, marks }: Before): (string | undefined)[] {
  let mark = 0
  let end = rest.length
  let start = 0
  return lines.map((line, index) => {
    const at = start
    start += line.length + 1
    if (index === 0 && rest !== '') return restStage
    while (mark < marks.length && end + marks[mark]!.characters <= at) {
      end += marks[mark]!.characters
      mark += 1
    }
    return marks[mark]?.stage
  })
}
