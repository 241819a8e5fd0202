import { join } from 'node:path'
import { codeEndpoints, sampleErrors } from '@madang/api'
import { refusals, systemActor } from '../kernel/index.ts'
import {
  ask,
  BRANCH,
  type Outcome,
  PROJECT,
  REPO,
  type SampleContext,
  sampleToken,
} from './context.ts'
import { withWorkingCopy } from './push.ts'
import { texts } from './texts.ts'

const refuse = refusals(sampleErrors)
const examples = join(import.meta.dirname, '../../../examples/guestbook')
const inRepo = { project: PROJECT, repo: REPO }

/** Refuses when somebody's own project has the key already. */
export async function checkKey({ identity }: SampleContext): Promise<void> {
  if (await identity.projectGet(PROJECT)) throw refuse('sampleKeyTaken', { key: PROJECT })
}

export async function project(context: SampleContext): Promise<Outcome> {
  const { identity, kernel } = context
  const say = texts[context.language]
  if (!(await identity.projectGet(PROJECT))) {
    const given = { key: PROJECT, name: say.projectName, description: say.projectText }
    await kernel.database.write((tx) => identity.projectCreate(tx, systemActor, given))
  }
  return { detail: PROJECT, url: `/p/${PROJECT}` }
}

export async function repository(context: SampleContext): Promise<Outcome> {
  const { code, kernel } = context
  if (!(await code.repoGet(PROJECT, REPO))) {
    await kernel.database.write((tx) =>
      code.repoCreate(tx, systemActor, { project: PROJECT, name: REPO }),
    )
  }
  const repo = await code.repoGet(PROJECT, REPO)
  if (repo?.isEmpty) {
    await withWorkingCopy(await remoteOf(context), async (copy) => {
      await copy.commit(join(examples, 'app'), texts[context.language].firstCommit)
      await copy.git('push', '--quiet', 'origin', 'main')
    })
  }
  return { detail: `${PROJECT}/${REPO}`, url: `/p/${PROJECT}/code/${REPO}` }
}

export async function issue(context: SampleContext): Promise<Outcome> {
  const { plan, kernel } = context
  const say = texts[context.language]
  const key = `${PROJECT}-1`
  if (!(await plan.issueGet(key))) {
    const given = {
      project: PROJECT,
      type: 'story' as const,
      title: say.issueTitle,
      description: say.issueText,
      labels: [say.issueLabel],
    }
    await kernel.database.write((tx) => plan.issueCreate(tx, systemActor, given))
  }
  return { detail: `${key} ${say.issueTitle}`, url: `/p/${PROJECT}/issues/${key}` }
}

export async function branch(context: SampleContext): Promise<Outcome> {
  const { code } = context
  const { branches } = await code.refList(PROJECT, REPO)
  if (!branches.some(({ name }) => name === BRANCH) && !(await pullOf(context))) {
    await withWorkingCopy(await remoteOf(context), async (copy) => {
      await copy.git('pull', '--quiet', 'origin', 'main')
      await copy.git('switch', '--quiet', '--create', BRANCH)
      await copy.commit(join(examples, 'change'), texts[context.language].changeCommit)
      await copy.git('push', '--quiet', 'origin', BRANCH)
    })
  }
  return { detail: BRANCH, url: `/p/${PROJECT}/code/${REPO}/branches` }
}

export async function pullRequest(context: SampleContext): Promise<Outcome> {
  const say = texts[context.language]
  const pull =
    (await pullOf(context)) ??
    (await context.code.pullRequestCreate(systemActor, {
      ...inRepo,
      title: say.pullTitle,
      description: say.pullText,
      source: BRANCH,
      target: 'main',
    }))
  return { detail: `#${pull.number} ${pull.title}`, url: pageOf(pull.number) }
}

export async function merge(context: SampleContext): Promise<Outcome> {
  const pull = await pullOf(context)
  if (!pull) throw new Error('the pull request is gone')
  if (pull.state === 'open') {
    await context.code.pullRequestMerge(systemActor, { ...inRepo, number: pull.number })
  }
  const merged = await pullOf(context)
  return { detail: merged?.mergedAs?.slice(0, 8) ?? '', url: pageOf(pull.number) }
}

/** The pull request of the sample's branch, whatever its state. */
export async function pullOf(context: SampleContext) {
  const { items } = await ask(context, codeEndpoints.pullRequestList, {
    params: inRepo,
    query: { state: 'all' },
  })
  return items.find((pull) => pull.source === BRANCH)
}

async function remoteOf(context: SampleContext) {
  const url = `${context.origin()}/git/${PROJECT}/${REPO}.git`
  return { url, token: await sampleToken(context) }
}

const pageOf = (number: number) => `/p/${PROJECT}/code/${REPO}/pulls/${number}`
