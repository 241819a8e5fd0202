export interface PlatformLogSpec {
  /** The platform's least level in a JSON log; absent: the log is text. */
  jsonLevel: 'DEBUG' | 'INFO' | 'WARN' | undefined
  functionName: string
  version: string
  runtimeVersion: string
  runtimeVersionArn: string
  memoryMb: number
  initializationType: string
}

export interface Report {
  requestId: string
  durationMs: number
  usedMb: number
  /** Only with the first call of an environment. */
  initMs: number | undefined
  /** Absent when all went well. */
  failure: { status: 'timeout' | 'error'; errorType?: string } | undefined
  producedBytes: number
}

const levels = { DEBUG: 0, INFO: 1, WARN: 2 }

/** What the platform itself logs of an environment, as text lines or as JSON records ("Working with JSON logs"). */
export class PlatformLog {
  readonly #spec: PlatformLogSpec
  readonly #write: (text: string) => void

  constructor(spec: PlatformLogSpec, write: (text: string) => void) {
    this.#spec = spec
    this.#write = write
  }

  initStarted(): void {
    const {
      runtimeVersion,
      runtimeVersionArn,
      version: functionVersion,
      functionName,
      initializationType,
    } = this.#spec
    this.#text(
      `INIT_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}`,
    )
    const record = {
      initializationType,
      phase: 'init',
      runtimeVersion,
      runtimeVersionArn,
      functionName,
      functionVersion,
    }
    this.#record('INFO', 'platform.initStart', record)
  }

  initDone(durationMs: number): void {
    const { initializationType } = this.#spec
    const record = { initializationType, phase: 'init', status: 'success' }
    this.#record('DEBUG', 'platform.initRuntimeDone', record)
    const level = initializationType === 'on-demand' ? 'DEBUG' : 'INFO'
    this.#record(level, 'platform.initReport', { ...record, metrics: { durationMs } })
  }

  started(requestId: string): void {
    const { version } = this.#spec
    this.#text(`START RequestId: ${requestId} Version: ${version}`)
    this.#record('INFO', 'platform.start', { requestId, version })
  }

  /** A line in the platform's words; a JSON log tells the same by the report's status. */
  said(text: string): void {
    this.#text(text)
  }

  ended(report: Report): void {
    const { requestId, durationMs, usedMb, initMs, failure, producedBytes } = report
    const { memoryMb } = this.#spec
    const init = initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]
    const errorType = failure?.errorType
    const billedMs = billed(durationMs, initMs)
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${usedMb} MB`,
      ...init,
      ...(failure ? [`Status: ${failure.status}`] : []),
      ...(errorType ? [`Error Type: ${errorType}`] : []),
    ]
    this.#text(`END RequestId: ${requestId}`)
    this.#text(`${parts.join('\t')}\t`)
    const status = failure?.status ?? 'success'
    const outcome = { requestId, status, ...(errorType && { errorType }) }
    const ms = Math.round(durationMs * 1000) / 1000
    const done = { ...outcome, metrics: { durationMs: ms, producedBytes } }
    this.#record(failure ? 'WARN' : 'DEBUG', 'platform.runtimeDone', done)
    const metrics = {
      durationMs: ms,
      billedDurationMs: billedMs,
      memorySizeMB: memoryMb,
      maxMemoryUsedMB: usedMb,
      ...(initMs !== undefined && { initDurationMs: initMs }),
    }
    this.#record(failure ? 'WARN' : 'INFO', 'platform.report', { ...outcome, metrics })
  }

  #text(line: string): void {
    if (!this.#spec.jsonLevel) this.#write(line)
  }

  #record(level: keyof typeof levels, type: string, record: object): void {
    const { jsonLevel } = this.#spec
    if (!jsonLevel || levels[level] < levels[jsonLevel]) return
    this.#write(JSON.stringify({ time: new Date().toISOString(), type, record }))
  }
}

/** Since August 2025 a cold start is billed with the call that it is for. */
const billed = (durationMs: number, initMs = 0) =>
  Math.ceil(Number(durationMs.toFixed(2)) + Number(initMs.toFixed(2)))
