import { type Kernel, parseColumn } from '../../../kernel/index.ts'
import { breaches, evaluationRange, isFinal, judge, type AlarmPoint } from './alarm-evaluation.ts'
import { type AlarmRule, ruleOf } from './alarm-model.ts'
import { reasonDataOf, reasonOf } from './alarm-reason.ts'
import type { AlarmStates } from './alarm-states.ts'
import { evaluateComposite } from './composite.ts'
import { metricReadOf, type MetricRead, readSummaries, runQueries } from './metric-query.ts'
import { alarmByArn, type AlarmRow, everyAlarm, metricConfig } from './store-alarms.ts'

/** Put data of the ending period gets this long to arrive before the period is judged. */
const GRACE_MS = 500

/** Keeps every alarm evaluated: at the end of its periods, and when data of its metrics arrives. */
export interface AlarmWatch {
  /** Looks after every stored alarm; at the server's start. */
  begin(): Promise<void>
  /** After an alarm was put or deleted; evaluates it now. */
  refresh(arn: string): Promise<void>
  dataArrived(metricIds: Set<string>): void
  /** An alarm changed its state: composite ones may follow. */
  stateChanged(): void
  forgetAll(): void
}

interface Watched {
  metricIds: string[]
  rule: AlarmRule | undefined
  cancel: () => void
  running: boolean
  again: boolean
}

export class Watch implements AlarmWatch {
  readonly #kernel: Kernel
  readonly #states: () => AlarmStates
  readonly #alarms = new Map<string, Watched>()
  readonly #byMetric = new Map<string, Set<string>>()
  #stopped = false

  constructor(kernel: Kernel, states: () => AlarmStates) {
    this.#kernel = kernel
    this.#states = states
    kernel.onStop(async () => {
      this.#stopped = true
      this.forgetAll()
    })
  }

  async begin(): Promise<void> {
    for (const row of await everyAlarm(this.#kernel.database)) this.#watch(row)
  }

  async refresh(arn: string): Promise<void> {
    const row = await alarmByArn(this.#kernel.database, arn)
    if (row) this.#watch(row)
    else this.#forget(arn)
  }

  dataArrived(metricIds: Set<string>): void {
    for (const id of metricIds) for (const arn of this.#byMetric.get(id) ?? []) this.#evaluate(arn)
  }

  stateChanged(): void {
    for (const [arn, { rule }] of this.#alarms) if (!rule) this.#evaluate(arn)
  }

  forgetAll(): void {
    for (const arn of this.#alarms.keys()) this.#forget(arn)
  }

  #watch(row: AlarmRow): void {
    this.#forget(row.arn)
    const rule = row.kind === 'MetricAlarm' ? ruleOf(metricConfig(row)) : undefined
    const metricIds = (rule?.queries ?? []).flatMap((it) => metricReadOf(row, it)?.metricId ?? [])
    const entry = { rule, metricIds, cancel: () => undefined, running: false, again: false }
    this.#alarms.set(row.arn, entry)
    for (const id of metricIds) {
      this.#byMetric.set(id, (this.#byMetric.get(id) ?? new Set()).add(row.arn))
    }
    this.#evaluate(row.arn)
  }

  #forget(arn: string): void {
    const entry = this.#alarms.get(arn)
    entry?.cancel()
    for (const id of entry?.metricIds ?? []) this.#byMetric.get(id)?.delete(arn)
    this.#alarms.delete(arn)
  }

  /** One evaluation of an alarm at a time; what comes meanwhile asks for one more after it. */
  #evaluate(arn: string): void {
    const entry = this.#alarms.get(arn)
    if (!entry || this.#stopped) return
    if (entry.running) {
      entry.again = true
      return
    }
    entry.running = true
    this.#once(arn, entry)
      .catch((error: unknown) => this.#kernel.log.error('cloudwatch.alarm', { arn, error }))
      .finally(() => {
        entry.running = false
        if (this.#alarms.get(arn) !== entry) return
        this.#arm(arn, entry)
        if (entry.again) {
          entry.again = false
          this.#evaluate(arn)
        }
      })
  }

  async #once(arn: string, { rule }: Watched): Promise<void> {
    const row = await alarmByArn(this.#kernel.database, arn)
    if (!row) return
    const next = rule
      ? await this.#judge(row, rule)
      : await evaluateComposite(this.#kernel.database, row)
    if (next && !this.#stopped) await this.#states().change(arn, next)
  }

  async #judge(row: AlarmRow, rule: AlarmRule) {
    const now = this.#kernel.clock.now()
    const stepMs = stepOf(rule)
    const lastEnd = Math.floor(now / stepMs) * stepMs
    const early = await this.#slots(row, rule, lastEnd + stepMs)
    const isEarly = await this.#isFinalBreach(row, rule, early.at(-1))
    const slots = isEarly ? early : await this.#slots(row, rule, lastEnd)
    const verdict = judge(rule, slots)
    if (verdict.state === undefined || verdict.state === row.state) return undefined
    const reason = reasonOf(rule, verdict, verdict.state)
    const endMs = isEarly ? lastEnd + stepMs : lastEnd
    return { state: verdict.state, reason, reasonData: reasonDataOf(rule, verdict, { now, endMs }) }
  }

  async #slots(row: AlarmRow, rule: AlarmRule, endMs: number): Promise<(AlarmPoint | undefined)[]> {
    const periodMs = rule.periodS * 1000
    const count = evaluationRange(rule)
    const range = { startMs: endMs - count * periodMs, endMs }
    const outcomes = await runQueries(this.#kernel.database, row, rule.queries, range)
    const { series, counts } = outcomes.get(rule.watchedId)!
    return Array.from({ length: count }, (_, i) => {
      const atMs = range.startMs + i * periodMs
      const value = series[0]?.get(atMs)
      if (value === undefined) return undefined
      const sampleCount = counts.get(atMs)
      return { atMs, ...(sampleCount !== undefined && { sampleCount }), value }
    })
  }

  async #isFinalBreach(
    row: AlarmRow,
    rule: AlarmRule,
    newest: AlarmPoint | undefined,
  ): Promise<boolean> {
    if (!newest || rule.queries.length !== 1 || !breaches(rule, newest.value)) return false
    const read = metricReadOf(row, rule.queries[0]!)
    return read !== undefined && this.#isFinal(rule, read, newest.atMs)
  }

  async #isFinal(rule: AlarmRule, read: MetricRead, startMs: number): Promise<boolean> {
    const range = { startMs, endMs: startMs + rule.periodS * 1000 }
    const found = await readSummaries(this.#kernel.database, read, range)
    return isFinal(rule, read.statisticName, found.get(startMs)?.min ?? -Infinity)
  }

  #arm(arn: string, entry: Watched): void {
    entry.cancel()
    if (!entry.rule || this.#stopped) return
    const stepMs = stepOf(entry.rule)
    const now = this.#kernel.clock.now()
    const dueMs = (Math.floor((now - GRACE_MS) / stepMs) + 1) * stepMs + GRACE_MS
    entry.cancel = this.#kernel.clock.at(dueMs, () => this.#evaluate(arn))
  }
}

/** Alarms of a minute or longer are evaluated each minute, high-resolution ones each period. */
const stepOf = (rule: AlarmRule) => Math.min(rule.periodS, 60) * 1000

export const tagsOf = (row: AlarmRow) => parseColumn<Record<string, string>>(row.tags)
