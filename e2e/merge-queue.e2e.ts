// A team merges through a queue: a person adds pull requests in the page, pipelines build them on each other,
// the one that breaks is taken out with the reason in sight, the rest is merged.
import { codeEndpoints, pipelinesEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { lookAt } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const SEEN_MS = 90_000
const BUILT_MS = 240_000
const params = { project: 'GB', repo: 'guestbook' }
/** Each of two changes passes alone; together they do not: what a queue is for. */
const JENKINSFILE = `pipeline {
  agent any
  stages { stage('Check') { steps { sh 'test ! -e left || test ! -e right' } } }
}
`
let server: ServerProcess
let minji: Person
let visitor: Visitor

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook'])
  visitor = await openBrowser()
  await signIn(visitor, server.origin)
})

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

const commit = (branch: string, files: Record<string, string>) =>
  minji.client.call(codeEndpoints.commitCreate, {
    params,
    body: {
      branch,
      message: `Write ${Object.keys(files).join(', ')}`,
      files: Object.entries(files).map(([path, content]) => {
        return { path, content, encoding: 'utf8' as const, isExecutable: false }
      }),
    },
  })

async function propose(branch: string, files: Record<string, string>): Promise<number> {
  await commit(branch, files)
  const body = { title: `Bring ${branch}`, source: branch, target: 'main' }
  return (await minji.client.call(codeEndpoints.pullRequestCreate, { params, body })).number
}

const pullPage = (number: number | string) => `${server.origin}/p/GB/code/guestbook/pulls/${number}`

test('switched on in the settings', async () => {
  const { page } = visitor
  await commit('main', { Jenkinsfile: JENKINSFILE, 'a.txt': 'a' })
  await page.goto(pullPage('queue'))
  await page.getByText('No branch has a merge queue').waitFor({ timeout: SEEN_MS })
  await page.getByRole('link', { name: 'Open settings' }).click()
  await page.getByRole('button', { name: 'Add merge queue' }).click({ timeout: SEEN_MS })
  const dialog = page.getByRole('dialog', { name: 'Add merge queue' })
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('up to 5 are built at once').waitFor({ timeout: SEEN_MS })
  // The pipeline's verdict and another program's.
  const body = {
    kind: 'require_passing_builds_to_merge' as const,
    pattern: 'main',
    value: 2,
    people: [],
  }
  await minji.client.call(codeEndpoints.branchRuleCreate, { params, body })
  await lookAt(page, 'queue-settings')
})

const reported = new Set<string>()
async function report(sha: string): Promise<void> {
  if (reported.has(sha)) return
  const body = { key: 'license scan', state: 'success', description: 'clean', url: '' } as const
  await minji.client.call(codeEndpoints.statusSet, { params: { ...params, sha }, body })
  reported.add(sha)
}

async function readyPull(branch: string): Promise<number> {
  const number = await propose(branch, { [branch]: branch })
  const asked = { params: { ...params, number } }
  await until(`#${number} may be merged`, BUILT_MS, async () => {
    const pull = await minji.client.call(codeEndpoints.pullRequestGet, asked)
    await report(pull.head)
    return pull.merge?.isPossible === true
  })
  return number
}

test('what breaks together is taken out, the rest is merged', { timeout: 900_000 }, async () => {
  const { page } = visitor
  const [left, right, other] = [
    await readyPull('left'),
    await readyPull('right'),
    await readyPull('other'),
  ]
  await page.goto(pullPage(left))
  await page.getByRole('button', { name: 'Add to the queue' }).click({ timeout: SEEN_MS })
  await page.getByText('Number 1 of 1 in the merge queue').waitFor({ timeout: SEEN_MS })
  for (const number of [right, other]) {
    const asked = { params: { ...params, number }, body: { strategy: 'squash' as const } }
    await minji.client.call(codeEndpoints.pullQueueEnter, asked)
  }
  await lookAt(page, 'queue-pull')
  await page.goto(`${server.origin}/p/GB/code/guestbook/pulls`)
  await page.getByText('in the queue').first().waitFor({ timeout: SEEN_MS })
  await lookAt(page, 'queue-list')
  await page.goto(pullPage('queue'))
  await page.getByRole('link', { name: `Bring other #${other}` }).waitFor({ timeout: SEEN_MS })
  await lookAt(page, 'queue-waiting')
  await until('the queue is empty', BUILT_MS, async () => {
    const { items } = await minji.client.call(codeEndpoints.mergeQueueList, { params })
    const entries = items.flatMap((queue) => queue.entries)
    for (const { sha } of entries) if (sha) await report(sha)
    return entries.length === 0
  })
  await page.getByText('Taken out: failed in pipeline').waitFor({ timeout: SEEN_MS })
  await lookAt(page, 'queue-ended')
  await page.goto(pullPage(right))
  await page.getByText('Taken out of the merge queue').waitFor({ timeout: SEEN_MS })
  await lookAt(page, 'queue-removed')
  const states = await Promise.all(
    [left, right, other].map(async (number) => {
      const asked = { params: { ...params, number } }
      return (await minji.client.call(codeEndpoints.pullRequestGet, asked)).state
    }),
  )
  expect(states).toEqual(['merged', 'open', 'merged'])
  await until('nothing is left of what was built', BUILT_MS, async () => {
    const { items } = await minji.client.call(pipelinesEndpoints.jobList, {
      params: { project: 'GB' },
      query: {} as never,
    })
    return !items.some(({ branch }) => branch.startsWith('madang-queue/'))
  })
})
