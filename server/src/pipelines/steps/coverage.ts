import { abortException, type Call, fromJson, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { parseColumn } from '../../kernel/index.ts'
import {
  type Coverage,
  coverageParsers,
  type CoverageParser,
  type FileCoverage,
  mergeCoverage,
  percentOf,
} from '../reports/index.ts'
import { type CoverageSummary, putReport, reportBefore } from '../store-reports.ts'
import type { PipelinesTables } from '../tables.ts'
import { applyGate, gatesIn, judge, type Judged, type QualityGate } from './quality-gates.ts'
import { readReports, type Speak, speaker } from './report-files.ts'

interface Tool {
  parser: CoverageParser
  pattern: string | undefined
}

interface Recording {
  title: string
  id: string
  tools: Tool[]
  gates: QualityGate[]
  failsOnError: boolean
}

/** `recordCoverage(tools: [[parser: 'JACOCO', pattern: 'target/jacoco.xml']], qualityGates: […])`. */
export const recordCoverage: Step = {
  kind: 'own',
  needsNode: true,
  async run(call) {
    const { args } = call
    const speak = speaker(call, 'Coverage')
    if (call.session.result === 'FAILURE' && !args.flag('enabledForFailure')) {
      speak("Skipping execution of coverage recorder since overall result is 'FAILURE'")
      return null
    }
    const tools = toolsIn(toJson(args.value('tools')))
    if (tools.length === 0)
      throw abortException('No tools defined that will record the coverage files')
    speak('Recording coverage results')
    return record(call, speak, {
      title: args.optionalText('name') ?? 'Coverage',
      id: args.optionalText('id') || 'coverage',
      tools,
      gates: gatesIn(toJson(args.value('qualityGates'))),
      failsOnError: args.flag('failOnError'),
    })
  },
}

function toolsIn(given: unknown): Tool[] {
  const list = (Array.isArray(given) ? given : []) as Record<string, unknown>[]
  return list.map((tool) => {
    const parser = String(tool['parser'] ?? tool[SYMBOL] ?? '').toUpperCase()
    const pattern = tool['pattern'] ? String(tool['pattern']) : undefined
    if (Object.hasOwn(coverageParsers, parser)) return { parser: parser as CoverageParser, pattern }
    const known = Object.keys(coverageParsers).join(', ')
    throw abortException(
      `recordCoverage: the parser "${parser}" is not supported here; use ${known}`,
    )
  })
}

async function record(call: Call, speak: Speak, recording: Recording) {
  const kept = await call.once(async () => fromJson(await readAndKeep(call, speak, recording)))
  // Outside of what is done once: after a restart the result has to come about again.
  const { gate, isBroken } = toJson(kept) as { gate: CoverageSummary['gate']; isBroken: boolean }
  applyGate(call, gate)
  if (isBroken && recording.failsOnError) {
    throw abortException('Failing build due to some errors during recording of the coverage')
  }
  return null
}

async function readAndKeep(call: Call, speak: Speak, { title, id, tools, gates }: Recording) {
  const all: FileCoverage[][] = []
  let isBroken = false
  for (const { parser, pattern } of tools) {
    const { name, pattern: usual, read } = coverageParsers[parser]
    speak(`Creating parser for ${name}`)
    if (pattern === undefined) {
      speak(`Using default pattern '${usual}' since user defined pattern is not set`)
    }
    const told = (file: string, path: string) => {
      speak(`Successfully parsed file '${path}'`)
      speak(`Successfully processed file '${file}'`)
    }
    const { reports, isWhole } = await readReports(call, speak, pattern ?? usual, read, told)
    isBroken ||= !isWhole
    all.push(...reports.map(({ value }) => value))
  }
  if (all.length === 0) return { gate: null, isBroken }
  const coverage = mergeCoverage(all)
  const before = await coverageBefore(call, speak, id)
  const judged = gates.map((gate) => judgeOne(gate, coverage, before))
  const gate = judge(speak, judged)
  const { line, branch, files } = coverage
  const summary = { line, branch, gate, before }
  const { kernel, record: run } = call.session
  await kernel.database.write((tx) =>
    putReport(tx, run.id, { kind: 'coverage', id, name: title, summary, details: files }),
  )
  call.session.tell('pipelines.testsReported')
  return { gate, isBroken }
}

async function coverageBefore({ session }: Call, speak: Speak, id: string) {
  speak('Obtaining action of reference build')
  const db = session.kernel.database.tables<PipelinesTables>()
  const row = await reportBefore(db, session.record, 'coverage', id)
  if (!row) {
    speak('-> Found no reference build')
    return null
  }
  speak(`-> Found reference result in build '${row.branch} #${row.number}'`)
  const { line, branch } = parseColumn<CoverageSummary>(row.summary)
  return { line, branch }
}

const METRICS: Record<string, { title: string; of: 'line' | 'branch' }> = {
  LINE: { title: 'Line Coverage', of: 'line' },
  BRANCH: { title: 'Branch Coverage', of: 'branch' },
}

function judgeOne(
  gate: QualityGate,
  now: Coverage,
  before: Pick<Coverage, 'line' | 'branch'> | null,
): Judged {
  const metric = METRICS[gate.what]
  if (!metric || !['PROJECT', 'PROJECT_DELTA'].includes(gate.baseline)) {
    const what = metric ? `baseline "${gate.baseline}"` : `metric "${gate.what}"`
    throw abortException(`recordCoverage: the ${what} of a quality gate is not supported here`)
  }
  const value = percentOf(now[metric.of])
  const isDelta = gate.baseline === 'PROJECT_DELTA'
  const earlier = before ? percentOf(before[metric.of]) : undefined
  const measured =
    !isDelta ? value
    : value === undefined || earlier === undefined ? undefined
    : value - earlier // prettier-ignore
  const sign = isDelta && measured !== undefined && measured >= 0 ? '+' : ''
  const scope = isDelta ? 'Overall project (difference to reference job)' : 'Overall project'
  return {
    gate,
    title: `${scope} - ${metric.title}`,
    actual: measured === undefined ? undefined : `${sign}${measured.toFixed(2)}%`,
    isMissed: measured !== undefined && measured < gate.threshold,
  }
}

/** The older steps: the same files, recorded the same way. */
function older(
  title: string,
  first: string,
  recording: (call: Call) => Omit<Recording, 'title'>,
): Step {
  return {
    kind: 'own',
    needsNode: true,
    run: async (call) => {
      call.say(first)
      return record(call, speaker(call, title), { title, ...recording(call) })
    },
  }
}

const gate = (what: string, threshold: number, isFailure: boolean): QualityGate => ({
  what,
  threshold,
  baseline: 'PROJECT',
  result: isFailure ? 'FAILURE' : 'UNSTABLE',
})

/** Reads the XML reports beside the `.exec` files, which only mean something with the classes. */
export const jacoco = older(
  'JaCoCo plugin',
  '[JaCoCo plugin] Collecting JaCoCo coverage data...',
  ({ args }) => {
    const minimum = (name: string) => args.number(name, 0)
    const isOn = args.flag('changeBuildStatus')
    const gates = [
      gate('LINE', minimum('minimumLineCoverage'), true),
      gate('BRANCH', minimum('minimumBranchCoverage'), true),
      gate('LINE', minimum('maximumLineCoverage'), false),
      gate('BRANCH', minimum('maximumBranchCoverage'), false),
    ]
    return {
      id: 'jacoco',
      tools: [{ parser: 'JACOCO', pattern: undefined }],
      gates: isOn ? gates.filter(({ threshold }) => threshold > 0) : [],
      failsOnError: false,
    }
  },
)

/** Targets are `healthy, unhealthy, failing`; below the last one the run is unstable or failed. */
export const cobertura = older(
  'Cobertura',
  '[Cobertura] Publishing Cobertura coverage report...',
  ({ args }) => {
    const target = (name: string) => Number(args.optionalText(name)?.split(',')[2] ?? 0) || 0
    const isFailure = args.flag('failUnstable')
    const gates = [
      gate('LINE', target('lineCoverageTargets'), isFailure),
      gate('BRANCH', target('conditionalCoverageTargets'), isFailure),
    ]
    return {
      id: 'cobertura',
      tools: [{ parser: 'COBERTURA', pattern: args.optionalText('coberturaReportFile') }],
      gates: gates.filter(({ threshold }) => threshold > 0),
      failsOnError: args.flag('failNoReports', true),
    }
  },
)

const ADAPTERS: Record<string, CoverageParser> = {
  jacocoAdapter: 'JACOCO',
  jacoco: 'JACOCO',
  coberturaAdapter: 'COBERTURA',
  cobertura: 'COBERTURA',
  istanbulCoberturaAdapter: 'COBERTURA',
}

export const publishCoverage = older('Coverage', 'Publishing Coverage report....', ({ args }) => {
  const given = toJson(args.value('adapters'))
  const adapters = (Array.isArray(given) ? given : [given]) as Record<string, unknown>[]
  return {
    id: 'coverage',
    tools: adapters.filter(Boolean).map((adapter) => {
      const kind = String(adapter[SYMBOL] ?? '')
      const parser = ADAPTERS[kind]
      const pattern = adapter['path'] ? String(adapter['path']) : undefined
      if (parser) return { parser, pattern }
      throw abortException(`publishCoverage: the adapter "${kind}" is not supported here`)
    }),
    gates: [],
    failsOnError: args.flag('failNoReports'),
  }
})
