import { pipelinesEndpoints } from '@madang/api'
import { call } from '../api/call.ts'

const KEPT_LINES = 50_000

export interface LogState {
  lines: readonly string[]
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
}): LogReader {
  const hearers = new Set<() => void>()
  let state: LogState = { lines: [], isRead: false, isCut: false }
  let offset = 0
  let rest = ''
  let isWhole = false
  let isReading = false

  const append = (text: string) => {
    const pieces = (rest + text).split('\n')
    rest = pieces.pop()!
    if (pieces.length === 0 && state.isRead) return
    const all = [...state.lines, ...pieces]
    state = {
      isRead: true,
      lines: all.length > KEPT_LINES ? all.slice(-KEPT_LINES) : all,
      isCut: state.isCut || all.length > KEPT_LINES,
    }
    for (const hear of hearers) hear()
  }
  const readOn = async () => {
    for (let more = true; more;) {
      const part = await call(pipelinesEndpoints.runLog, {
        params: { project: log.project, run: log.run },
        query: { offset, ...(log.stage ? { stage: log.stage } : {}) },
      })
      more = part.nextOffset > offset && !part.isWhole
      offset = part.nextOffset
      isWhole = part.isWhole
      append(isWhole && !part.text.endsWith('\n') ? `${part.text}\n` : part.text)
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
