import type { RunCause } from '@madang/api'
import { parseColumn } from '../../kernel/index.ts'
import { sourceOf } from '../model.ts'
import { openParameters } from '../store-runs.ts'
import type { RunRow } from '../tables.ts'
import { artifactsOf } from './artifacts.ts'
import { type Bean, inline, type Members, type Value } from './bean.ts'
import { changeSets } from './change-sets.ts'
import { type Shower, tablesOf } from './context.ts'
import { definitionOf, fullDisplayNameOf, type JobItem, urlOf } from './model.ts'
import { buildNext, buildsOf } from './store-builds.ts'

const PIPELINE_BUILD = 'org.jenkinsci.plugins.workflow.job.WorkflowRun'

const buildClass = (item: JobItem) =>
  definitionOf(item)?.flavor === 'freestyle' ? 'hudson.model.FreeStyleBuild' : PIPELINE_BUILD

export const buildUrl = ({ base }: Pick<Shower, 'base'>, item: JobItem, number: number): string =>
  `${base}${urlOf(item)}${number}/`

/** Number and URL only. */
function neighbour(shower: Shower, item: JobItem, run: RunRow | undefined): Value {
  if (!run) return null
  return inline({ number: run.number, url: buildUrl(shower, item, run.number) })
}

/** A build as it stands in its job: whole where the depth reaches it. */
export function buildMention(shower: Shower, item: JobItem, run: RunRow): Bean {
  const db = tablesOf(shower)
  const isBuilding = run.state !== 'finished'
  const { commits, culprits } = changeSets(shower, run)
  return {
    class: buildClass(item),
    basic: { number: run.number, url: buildUrl(shower, item, run.number) },
    full: {
      actions: () => actionsOf(shower, run),
      artifacts: () => artifactsOf(shower.parts, run).then((found) => found.map(artifactBean)),
      building: isBuilding,
      description: run.description,
      displayName: `#${run.number}`,
      duration: isBuilding ? 0 : run.finished_at! - run.started_at!,
      estimatedDuration: () => estimate(shower, run),
      executor: isBuilding ? inline({}, 'hudson.model.OneOffExecutor') : null,
      fullDisplayName: `${fullDisplayNameOf(item)} #${run.number}`,
      id: String(run.number),
      inProgress: isBuilding,
      keepLog: false,
      number: run.number,
      queueId: run.queue_number ?? -1,
      result: run.result,
      timestamp: run.queued_at,
      url: buildUrl(shower, item, run.number),
      ...changeMembers(item, commits),
      culprits,
      nextBuild: async () => neighbour(shower, item, await buildNext(db, run, 'later')),
      previousBuild: async () => neighbour(shower, item, await buildNext(db, run, 'earlier')),
    },
  }
}

/** A freestyle build has one change set and says where it was built. */
function changeMembers(item: JobItem, commits: () => Promise<Value[]>): Members {
  if (buildClass(item) === PIPELINE_BUILD) return { changeSets: commits }
  const none = inline({ items: [], kind: null }, 'hudson.scm.EmptyChangeLogSet')
  return { changeSet: async () => (await commits())[0] ?? none, builtOn: '' }
}

const artifactBean = (path: string): Bean => {
  const fileName = path.slice(path.lastIndexOf('/') + 1)
  return inline({ displayPath: fileName, fileName, relativePath: path })
}

/** The mean of the last three that went well; -1 where there is none, as in Jenkins. */
async function estimate(shower: Shower, run: RunRow): Promise<number> {
  const builds = await buildsOf(tablesOf(shower), run.job_id, 20)
  const good = builds.filter(({ result }) => result === 'SUCCESS' || result === 'UNSTABLE')
  const last = good.slice(0, 3).map((build) => build.finished_at! - build.started_at!)
  if (last.length === 0) return -1
  return Math.round(last.reduce((sum, durationMs) => sum + durationMs, 0) / last.length)
}

async function actionsOf(shower: Shower, run: RunRow): Promise<Value> {
  const cause = await causeBean(shower, run)
  const actions: Bean[] = [inline({ causes: [cause] }, 'hudson.model.CauseAction')]
  const parameters = parametersBean(shower, run)
  if (parameters) actions.unshift(parameters)
  const git = gitData(shower, run)
  if (git) actions.push(git)
  const { tests_failed: failCount, tests_skipped: skipCount, tests_passed } = run
  const totalCount = failCount + skipCount + tests_passed
  if (totalCount > 0) {
    const counts = { failCount, skipCount, totalCount, urlName: 'testReport' }
    actions.push(inline(counts, 'hudson.tasks.junit.TestResultAction'))
  }
  return actions
}

export async function causeBean({ parts }: Pick<Shower, 'parts'>, run: RunRow): Promise<Bean> {
  const { kind, text } = parseColumn<RunCause>(run.cause)
  if (kind === 'cron') {
    return inline({ shortDescription: text }, 'hudson.triggers.TimerTrigger$TimerTriggerCause')
  }
  if (kind === 'push') return inline({ shortDescription: text }, 'jenkins.branch.BranchEventCause')
  if (kind === 'upstream') return upstreamBean(text)
  const userName = /^Started by user (.*?)(?:, again as #\d+)?$/.exec(text)?.[1]
  if (userName === undefined) return inline({ shortDescription: text }, causeClasses[kind])
  const person = await parts.identity.personGet(run.actor.replace(/^person:/, ''))
  const userId = person?.name ?? userName
  return inline({ shortDescription: text, userId, userName }, 'hudson.model.Cause$UserIdCause')
}

const causeClasses: Record<'manual' | 'rerun', string> = {
  manual: 'hudson.model.Cause$RemoteCause',
  rerun: 'org.jenkinsci.plugins.workflow.cps.replay.ReplayCause',
}

function upstreamBean(text: string): Bean {
  const found = /^Started by upstream project "(.*)" build number (\d+)$/.exec(text)
  const members = { upstreamBuild: Number(found?.[2] ?? 0), upstreamProject: found?.[1] ?? '' }
  return inline({ shortDescription: text, ...members }, 'hudson.model.Cause$UpstreamCause')
}

function parametersBean({ parts }: Shower, run: RunRow): Bean | undefined {
  const { values, hidden } = openParameters(parts.kernel.secrets, run)
  const shown = Object.entries(values).map(([name, value]) => {
    if (hidden.includes(name)) return inline({ name }, 'hudson.model.PasswordParameterValue')
    const type = typeof value === 'boolean' ? 'Boolean' : 'String'
    return inline({ name, value }, `hudson.model.${type}ParameterValue`)
  })
  return shown.length === 0
    ? undefined
    : inline({ parameters: shown }, 'hudson.model.ParametersAction')
}

function gitData({ parts }: Shower, run: RunRow): Bean | undefined {
  const { repo, branch } = sourceOf(run)
  if (repo === null || run.commit_sha === '') return undefined
  const revision = () =>
    inline({ SHA1: run.commit_sha, branch: [inline({ SHA1: run.commit_sha, name: branch })] })
  const build = inline(
    { buildNumber: run.number, buildResult: null, marked: revision(), revision: revision() },
    'hudson.plugins.git.util.Build',
  )
  return inline(
    {
      buildsByBranchName: inline({ [branch]: build }),
      lastBuiltRevision: revision(),
      remoteUrls: [`${parts.originUrl()}/git/${run.project}/${repo}.git`],
      scmName: '',
    },
    'hudson.plugins.git.util.BuildData',
  )
}
