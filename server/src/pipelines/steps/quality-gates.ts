import { type Call, SYMBOL } from '../engine/index.ts'
import type { Gate } from '../store-reports.ts'
import type { Speak } from './report-files.ts'

export interface QualityGate {
  /** What is measured: `TOTAL`, `LINE` … */
  what: string
  threshold: number
  /** Of coverage: against what. */
  baseline: string
  result: 'UNSTABLE' | 'FAILURE'
}

/** `qualityGates: [[threshold: 1, type: 'TOTAL', unstable: true]]`. */
export function gatesIn(given: unknown): QualityGate[] {
  const list = (Array.isArray(given) ? given : []) as Record<string, unknown>[]
  return list.map((gate) => {
    const { criticality, unstable, threshold, type, metric, baseline } = gate
    const isFailure = criticality === undefined ? unstable === false : criticality !== 'UNSTABLE'
    return {
      what: String(type ?? metric ?? (SYMBOL in gate ? gate[SYMBOL] : 'TOTAL')),
      threshold: Number(threshold ?? 0),
      baseline: String(baseline ?? 'PROJECT'),
      result: isFailure ? ('FAILURE' as const) : ('UNSTABLE' as const),
    }
  })
}

export interface Judged {
  gate: QualityGate
  title: string
  /** As it is shown; undefined when it could not be measured. */
  actual: string | undefined
  isMissed: boolean
}

/** Says what the gates came to, and how. */
export function judge(speak: Speak, judged: readonly Judged[]): Gate | null {
  if (judged.length === 0) {
    speak('No quality gates have been set - skipping')
    return null
  }
  speak('Evaluating quality gates')
  const missed = judged.filter(({ isMissed }) => isMissed).map(({ gate }) => gate.result)
  const overall = missed.includes('FAILURE') ? 'FAILURE' : missed[0]
  if (overall === undefined) speak('-> All quality gates have been passed')
  else speak(`-> Some quality gates have been missed: overall result is ${overall}`)
  speak('-> Details for each quality gate:')
  for (const { gate, title, actual, isMissed } of judged) {
    const missedWord = gate.result === 'FAILURE' ? 'Failed' : 'Unstable'
    const word = actual === undefined ? 'Not built' : isMissed ? missedWord : 'Success'
    const limit = gate.threshold.toFixed(2)
    speak(`   - [${title}]: ≪${word}≫ - (Actual value: ${actual ?? 'n/a'}, Quality gate: ${limit})`)
  }
  return overall === undefined ? 'passed' : overall === 'FAILURE' ? 'failed' : 'unstable'
}

/** A missed gate says it of the run and of the stage; the step itself goes on. */
export function applyGate({ session, scope }: Call, gate: Gate | null): void {
  if (gate === null || gate === 'passed') return
  const result = gate === 'failed' ? 'FAILURE' : 'UNSTABLE'
  session.worsen(result)
  session.stages.worsen(scope.stage, result)
}
