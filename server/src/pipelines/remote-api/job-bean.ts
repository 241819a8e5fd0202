import { invariant } from '../../kernel/index.ts'
import type { RunRow } from '../tables.ts'
import { type Bean, inline, type Members, type Value } from './bean.ts'
import { buildMention } from './build-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import {
  type Container,
  decoded,
  definitionOf,
  fullDisplayNameOf,
  fullNameOf,
  isDisabled,
  isJob,
  type Item,
  type JobItem,
  nameOf,
  urlOf,
} from './model.ts'
import { parameterProperty } from './parameter-bean.ts'
import { queueBean } from './queue-bean.ts'
import { buildsOf, permalink, permalinkNames, waitingRunOf } from './store-builds.ts'
import { viewMembers } from './view-bean.ts'
import { readDefinition } from './definition.ts'

const MOST_BUILDS = 100

export function itemBean(shower: Shower, item: Item): Bean {
  invariant(item.kind !== 'root', 'the top is no item')
  return isJob(item) ? jobBean(shower, item) : containerBean(shower, item)
}

const classes: Record<Exclude<Item['kind'], 'root'>, string> = {
  project: 'com.cloudbees.hudson.plugins.folder.Folder',
  folder: 'com.cloudbees.hudson.plugins.folder.Folder',
  multibranch: 'org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject',
  branch: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
  plain: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
}

const isFreestyle = (item: JobItem) => definitionOf(item)?.flavor === 'freestyle'

export function classOf(item: Exclude<Item, { kind: 'root' }>): string {
  if (isJob(item) && isFreestyle(item)) return 'hudson.model.FreeStyleProject'
  return classes[item.kind]
}

function naming({ base }: Shower, item: Item): Members {
  return {
    displayName: isJob(item)
      ? (definitionOf(item)?.displayName ?? decoded(nameOf(item)))
      : decoded(nameOf(item)),
    displayNameOrNull: isJob(item) ? (definitionOf(item)?.displayName ?? null) : null,
    fullDisplayName: fullDisplayNameOf(item),
    fullName: fullNameOf(item),
    name: nameOf(item),
    url: base + urlOf(item),
  }
}

function containerBean(shower: Shower, item: Exclude<Container, { kind: 'root' }>): Bean {
  return {
    class: classOf(item),
    basic: { name: nameOf(item), url: shower.base + urlOf(item) },
    full: {
      actions: [],
      description: descriptionOf(item),
      ...naming(shower, item),
      healthReport: [],
      ...viewMembers(shower, item),
      ...(item.kind === 'multibranch' && { sources: [] }),
    },
  }
}

function descriptionOf(item: Item): string | null {
  if (item.kind === 'project') return item.description || null
  if (!('row' in item) || !item.row) return null
  return readDefinition(item.row.config).description || null
}

function jobBean(shower: Shower, item: JobItem): Bean {
  const db = tablesOf(shower)
  const mention = (run: RunRow | undefined) => (run ? buildMention(shower, item, run) : null)
  const links = permalinkNames.map((name) => [
    name,
    async () => mention(await permalink(db, item.job.id, name)),
  ])
  const all = (limit: number) => async (): Promise<Value> =>
    (await buildsOf(db, item.job.id, limit)).map((run) => buildMention(shower, item, run))
  return {
    class: classOf(item),
    basic: {
      name: nameOf(item),
      url: shower.base + urlOf(item),
      color: () => colorOf(shower, item),
    },
    full: {
      actions: [],
      description: descriptionOf(item) ?? '',
      ...naming(shower, item),
      buildable: !isDisabled(item),
      builds: all(MOST_BUILDS),
      ...Object.fromEntries(links),
      healthReport: () => healthOf(shower, item),
      inQueue: async () => (await waitingRunOf(db, item.job.id)) !== undefined,
      keepDependencies: false,
      nextBuildNumber: async () =>
        (await waitingRunOf(db, item.job.id))?.number ?? item.job.next_number,
      property: parameterProperty(item),
      queueItem: async () => {
        const run = await waitingRunOf(db, item.job.id)
        return run ? queueBean(shower, run) : null
      },
      concurrentBuild: !item.job.properties?.includes('"concurrency"'),
      disabled: isDisabled(item),
      ...(isFreestyle(item)
        ? { downstreamProjects: [], labelExpression: null, scm: inline({}, 'hudson.scm.NullSCM') }
        : { resumeBlocked: false }),
      ...(isFreestyle(item) && { upstreamProjects: [] }),
    },
    named: { allBuilds: all(100_000) },
  }
}

/** The ball: of the last build, blinking while it runs. */
export async function colorOf(shower: Shower, item: JobItem): Promise<string> {
  const [last, before] = await buildsOf(tablesOf(shower), item.job.id, 2)
  const isRunning = last !== undefined && last.state !== 'finished'
  const shown = isRunning ? before : last
  const colors = {
    SUCCESS: 'blue',
    UNSTABLE: 'yellow',
    FAILURE: 'red',
    ABORTED: 'aborted',
    NOT_BUILT: 'notbuilt',
  }
  const result = shown?.state === 'finished' ? shown.result : null
  const still = isDisabled(item) ? 'disabled' : result ? colors[result] : 'notbuilt'
  return isRunning ? `${still}_anime` : still
}

async function healthOf(shower: Shower, item: JobItem): Promise<Value> {
  const builds = (await buildsOf(tablesOf(shower), item.job.id, 6)).filter(
    (run) => run.state === 'finished',
  )
  const recent = builds.slice(0, 5)
  if (recent.length === 0) return []
  const failed = recent.filter(({ result }) => result === 'FAILURE').length
  const score = Math.floor((100 * (recent.length - failed)) / recent.length)
  const grade = [80, 60, 40, 20].find((limit) => score > limit)
  const icon = grade === undefined ? 'health-00to19' : `health-${grade}${upTo[grade]}`
  const text =
    failed === 0
      ? 'No recent builds failed.'
      : failed === recent.length
        ? 'All recent builds failed.'
        : `${failed} out of the last ${recent.length} builds failed.`
  const members = { description: `Build stability: ${text}`, iconClassName: `icon-${icon}` }
  return [inline({ ...members, iconUrl: `${icon}.png`, score })]
}

const upTo: Record<number, string> = { 80: 'plus', 60: 'to79', 40: 'to59', 20: 'to39' }
