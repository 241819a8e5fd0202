import type { ParameterDefinition, RunResult } from '@madang/api'
import { runResults } from '@madang/api'
import { SYMBOL } from './described.ts'
import { parameterDefinition } from './parameters.ts'

/** Starts a run when one of these jobs ended at least this well. */
export interface UpstreamTrigger {
  jobs: string[]
  threshold: RunResult
}

/** What a Jenkinsfile says of its job, by `options`, `triggers`, `parameters` or `properties([…])`. */
export interface JobProperties {
  parameters: ParameterDefinition[]
  cron: string[]
  upstream: UpstreamTrigger[]
  /** Undefined: runs of the job may overlap. */
  concurrency?: 'wait' | 'abortPrevious' | undefined
  keep: { runs?: number | undefined; days?: number | undefined }
  quietPeriodS: number
  /** Stashes stay after the run, for runs that are restarted from a stage. */
  keepsStashes: boolean
  /** What is asked for and this server can't do, for the run's log. */
  problems: string[]
}

export const noProperties = (): JobProperties => ({
  parameters: [],
  cron: [],
  upstream: [],
  keep: {},
  quietPeriodS: 0,
  keepsStashes: false,
  problems: [],
})

/** What a job's configuration says, and what its script says over that. */
export function bothProperties(configured: JobProperties, written: JobProperties): JobProperties {
  const named = new Set(written.parameters.map(({ name }) => name))
  const others = configured.parameters.filter(({ name }) => !named.has(name))
  return {
    ...written,
    parameters: [...others, ...written.parameters],
    cron: written.cron.length > 0 ? written.cron : configured.cron,
    upstream: written.upstream.length > 0 ? written.upstream : configured.upstream,
    concurrency: written.concurrency ?? configured.concurrency,
    keep: {
      runs: written.keep.runs ?? configured.keep.runs,
      days: written.keep.days ?? configured.keep.days,
    },
    quietPeriodS: written.quietPeriodS || configured.quietPeriodS,
    keepsStashes: written.keepsStashes || configured.keepsStashes,
    problems: [...configured.problems, ...written.problems],
  }
}

/** A call such as `cron('H 4 * * *')` as a map, with its name under `$class`. */
export type Described = Record<string, unknown>

/** Reads properties in the words of symbols (`cron`) and of classes (`TimerTrigger`). */
export function jobProperties(items: readonly Described[]): JobProperties {
  const properties = noProperties()
  for (const item of items) readers[nameOf(item)]?.(item, properties)
  return properties
}

function nameOf(item: Described): string {
  const name = String(item[SYMBOL] ?? '').replace(/^.*[.$]/, '')
  return names[name] ?? name
}

const names: Record<string, string> = {
  ParametersDefinitionProperty: 'parameters',
  PipelineTriggersJobProperty: 'pipelineTriggers',
  DisableConcurrentBuildsJobProperty: 'disableConcurrentBuilds',
  BuildDiscarderProperty: 'buildDiscarder',
  LogRotator: 'logRotator',
  TimerTrigger: 'cron',
  SCMTrigger: 'pollSCM',
  ReverseBuildTrigger: 'upstream',
  GitHubPushTrigger: 'githubPush',
}

type Reader = (item: Described, into: JobProperties) => void

const readers: Record<string, Reader> = {
  parameters(item, into) {
    for (const given of listIn(item, 'parameterDefinitions')) {
      const definition = parameterDefinition(String(given[SYMBOL]), given)
      if (typeof definition === 'string') into.problems.push(definition)
      else into.parameters.push(definition)
    }
  },
  pipelineTriggers(item, into) {
    for (const trigger of listIn(item, 'triggers')) readTrigger(trigger, into)
  },
  disableConcurrentBuilds(item, into) {
    into.concurrency = item['abortPrevious'] === true ? 'abortPrevious' : 'wait'
  },
  buildDiscarder(item, into) {
    const strategy = item['strategy'] as Described | undefined
    const numberIn = (name: string) => {
      const number = Number(strategy?.[name] ?? NaN)
      return Number.isInteger(number) && number > 0 ? number : undefined
    }
    into.keep = {
      runs: numberIn('numToKeepStr') ?? numberIn('numToKeep'),
      days: numberIn('daysToKeepStr') ?? numberIn('daysToKeep'),
    }
  },
  preserveStashes(_item, into) {
    into.keepsStashes = true
  },
  quietPeriod(item, into) {
    into.quietPeriodS = Math.max(0, Number(item['quietPeriod'] ?? 0) || 0)
  },
}

function readTrigger(trigger: Described, into: JobProperties): void {
  const name = nameOf(trigger)
  if (name === 'cron') into.cron.push(String(trigger['spec'] ?? ''))
  else if (name === 'upstream') into.upstream.push(upstreamOf(trigger))
  // Pushes start runs by themselves: there is nothing to poll, and no hook to wait for.
  else if (name !== 'pollSCM' && name !== 'githubPush') {
    into.problems.push(`The trigger ${name} is not supported here`)
  }
}

function upstreamOf(trigger: Described): UpstreamTrigger {
  const jobs = String(trigger['upstreamProjects'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const wanted = String(trigger['threshold'] ?? 'SUCCESS').replace(/^.*\./, '')
  return { jobs, threshold: runResults.find((result) => result === wanted) ?? 'SUCCESS' }
}

function listIn(item: Described, member: string): Described[] {
  const list = item[member]
  return Array.isArray(list) ? (list as Described[]) : []
}
