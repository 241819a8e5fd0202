import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CloudUnderTest, startCloud } from './cloud-under-test.ts'

let cloud: CloudUnderTest
beforeAll(async () => {
  cloud = await startCloud({ hostNames: ['shop.example'] })
})
afterAll(() => cloud.stop())

const own = 'http://localhost:5173'
const wanted = 'authorization,content-type,x-amz-date,x-amz-target'

async function preflight(path: string, origin: string, headers = wanted) {
  const answer = await fetch(cloud.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': headers,
    },
  })
  const told = (name: string) => answer.headers.get(`access-control-${name}`)
  return [answer.status, ...['allow-origin', 'allow-methods', 'allow-headers', 'max-age'].map(told)]
}

const allowed = (headers = wanted) => [200, '*', 'POST', headers, '172800']

test.each([
  ['/', own, wanted, allowed()],
  ['/', 'https://shop.example', 'content-type', allowed('content-type')],
  ['/000000000000/jobs', own, wanted, allowed()],
  ['/2015-03-31/functions/', own, 'authorization', allowed('authorization')],
  // A bucket's rules, and pages from elsewhere while any key is taken.
  ['/jobs', own, 'authorization', [403, null, null, null, null]],
  ['/', 'https://elsewhere.example', wanted, [405, null, null, null, null]],
])('a browser asks for %s on behalf of %s', async (path, origin, headers, answer) => {
  expect(await preflight(path, origin, headers)).toEqual(answer)
})

test('a page of this machine reads what its SDK asks for, and why it is refused', async () => {
  const db = new DynamoDB(cloud.config())
  const seen: (string | undefined)[] = []
  db.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['origin'] = own
      const result = await next(args)
      const answer = result.response as { headers: Record<string, string> }
      seen.push(answer.headers['access-control-allow-origin'])
      return result
    },
    { step: 'deserialize', priority: 'low' },
  )
  expect((await db.listTables({})).TableNames).toEqual([])
  await expect(db.describeTable({ TableName: 'nope' })).rejects.toThrow('nope not found')
  expect(seen).toEqual(['*', '*'])
})

test('what no page asked for, and what a page from elsewhere reads, bears no such header', async () => {
  const url = `${cloud.url}/?Action=GetCallerIdentity&Version=2011-06-15`
  const ask = async (headers: Record<string, string>) =>
    (await fetch(url, { headers })).headers.get('access-control-allow-origin')
  const elsewhere = 'https://elsewhere.example'
  expect([await ask({}), await ask({ Origin: elsewhere }), await ask({ Origin: own })]).toEqual([
    null,
    null,
    '*',
  ])
})
