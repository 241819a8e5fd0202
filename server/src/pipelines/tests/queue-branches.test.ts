import { codeEndpoints as api, type Job, type PullRequest, type Run } from '@madang/api'
import { beforeAll, expect, test } from 'vitest'
import { Client } from '../../testing/client.ts'
import { as, bedOfFile, call, until } from './bed.ts'

/** Branches of people pass at once; what a queue builds takes as long as it is let. */
const JENKINSFILE = `node {
  if (BRANCH_NAME.startsWith('madang-queue/')) { sh 'sleep 600' }
}`
const params = { project: 'GB', repo: 'app' }

const { bed, clone } = await bedOfFile()
const people = new Client(bed.origin, as('maintainer'))

const queueBranch = (number: number) => `madang-queue/main/${number}`
const runsOf = async (branch: string) => {
  const path = `/runs?branch=${encodeURIComponent(branch)}`
  return (await call<{ items: Run[] }>(bed.origin, path)).items.toReversed()
}
const resultsOf = async (branch: string) => (await runsOf(branch)).map(({ result }) => result)
const jobs = async () => {
  const { items } = await call<{ items: Job[] }>(bed.origin, '/jobs')
  return items.map(({ branch }) => branch).filter((name) => name.startsWith('madang-queue/'))
}
const leave = (number: number) => people.call(api.pullQueueLeave, { params: { ...params, number } })

async function ready(branch: string): Promise<number> {
  const body = { title: `Bring ${branch}`, source: branch, target: 'main' }
  const { number } = await people.call(api.pullRequestCreate, { params, body })
  const asked = { params: { ...params, number } }
  await until(`#${number} may be merged`, async () => {
    const pull: PullRequest = await people.call(api.pullRequestGet, asked)
    return pull.merge?.isPossible
  })
  return number
}

const enter = (number: number) =>
  people.call(api.pullQueueEnter, { params: { ...params, number }, body: {} })

beforeAll(async () => {
  await clone.push('main', { Jenkinsfile: JENKINSFILE })
  await people.call(api.repoUpdate, { params, body: { requirePassing: true } })
  const rule = { pattern: 'main', mostBuilds: 3, waitMinutes: 60 }
  await people.call(api.mergeQueueRuleSet, { params, body: rule })
})

test('a branch that is built anew ends its older run, one that goes takes its job along', async () => {
  await clone.push('one', { one: '1' })
  await clone.git('checkout', '-q', 'main')
  await clone.push('two', { two: '2' })
  const [one, two] = [await ready('one'), await ready('two')]
  await enter(one)
  await enter(two)
  const behind = queueBranch(two)
  await until('both build', async () => (await jobs()).length === 2)
  await until('the second is built', async () => (await runsOf(behind)).length === 1)
  await leave(one)
  await until('it is built again', async () => (await runsOf(behind)).length === 2)
  await until('its older run is over', async () => (await resultsOf(behind))[0] === 'NOT_BUILT')
  expect((await runsOf(behind))[1]!.state).not.toBe('finished')
  await until('the first leaves the list', async () => (await jobs()).join() === behind)
  await until('its run is over', async () => (await resultsOf(queueBranch(one)))[0] === 'ABORTED')
  await leave(two)
  await until('the list is empty', async () => (await jobs()).length === 0)
})
