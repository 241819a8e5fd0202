import { identityEndpoints, issueStatuses, planEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../testing/client.ts'
import { testDatabases } from '../testing/databases.ts'
import { openYard, type Yard } from '../testing/yard.ts'
import { createPlan, type Plan } from './index.ts'
import { type IssueRow, searchOf } from './model.ts'
import { rankBetween } from './rank.ts'
import type { PlanTables } from './tables.ts'

const ISSUES = 10_000
const AT_ONCE = 500
// The promise is 50 ms (measured 12 to 15 on an idle machine); here others may be using it. A query that
// goes through everything for each row was at 320.
const BUDGET_MS = 200
const params = { project: 'GB' }

describe.each(testDatabases())('a project of ten thousand issues over $name', ({ config }) => {
  let yard: Yard<Plan>
  let ada: Client
  beforeAll(async () => {
    yard = await openYard({ config: await config(), build: (given) => createPlan(given) })
    ada = await yard.setUp()
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: '방명록' } })
    await fill(yard)
  })
  afterAll(() => yard.close())

  // The best of several, and for a minute: the machine that tests may be busy with other things.
  const fastest = async (call: () => Promise<unknown>) => {
    const times: number[] = []
    for (let i = 0; i < 12; i++) {
      const start = performance.now()
      await call()
      times.push(performance.now() - start)
    }
    return Math.min(...times)
  }

  test('the board is there within its budget, with counts of all', async () => {
    const { columns } = await ada.call(api.board, { params })
    expect(columns.map((column) => column.total)).toEqual([2500, 2500, 2500, 2500])
    expect(columns.map((column) => column.issues.length)).toEqual([100, 100, 100, 100])
    expect(columns[0]!.issues[0]!.labels).toEqual(['l0'])
    expect(columns[3]!.issues[0]!.key).toBe(`GB-${ISSUES}`)
    await expect.poll(() => fastest(() => ada.call(api.board, { params }))).toBeLessThan(BUDGET_MS)
  })

  test('lists and filters are, too', async () => {
    for (const query of [{}, { text: '제목 99' }, { label: 'l3' }, { order: 'rank' as const }]) {
      const time = () => fastest(() => ada.call(api.issueList, { params, query }))
      await expect.poll(time, { message: JSON.stringify(query) }).toBeLessThan(BUDGET_MS)
    }
  })
})

async function fill({ kernel }: Yard<Plan>): Promise<void> {
  const at = kernel.clock.now()
  let rank: string | undefined
  for (let first = 1; first <= ISSUES; first += AT_ONCE) {
    const rows = Array.from({ length: AT_ONCE }, (_, i) => {
      rank = rankBetween(rank, undefined)
      return rowOf(first + i, rank, at)
    })
    const labels = rows.map(({ key, number, project }) => {
      return { issue: key, project, label: `l${(number - 1) % 20}` }
    })
    await kernel.database.write(async (tx) => {
      const db = tx.tables<PlanTables>()
      await db.insertInto('plan_issue').values(rows).execute()
      await db.insertInto('plan_label').values(labels).execute()
    })
  }
}

function rowOf(number: number, rank: string, at: number): IssueRow {
  const key = `GB-${number}`
  const status = issueStatuses[(number - 1) % 4]!
  const title = `이슈 제목 ${number}`
  return {
    key,
    project: 'GB',
    number,
    type: 'task',
    status,
    title,
    rank,
    description: '설명 '.repeat(100),
    priority: 'medium',
    assignee: null,
    reporter: 'system',
    reporter_name: 'Madang',
    version: 1,
    comments: 0,
    search: searchOf(key, title),
    created_at: at,
    updated_at: at + number,
    done_at: status === 'done' ? at + number : null,
  }
}
