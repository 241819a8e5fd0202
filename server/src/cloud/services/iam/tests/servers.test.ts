import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshPostgres } from '../../../../testing/postgres.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

// Two servers on one PostgreSQL, each with its own memory of IAM.

let one: CloudUnderTest
let other: CloudUnderTest

beforeAll(async () => {
  // What one seals the other has to open.
  const shared = { databaseUrl: await freshPostgres(), secretKey: 'of both' }
  one = await startCloud(shared)
  other = await startCloud(shared)
})
afterAll(async () => {
  await other?.stop()
  await one?.stop()
})

const eventually = async (check: () => Promise<unknown>) => {
  const until = Date.now() + 90_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

it('sees on one server what another changed, and loses nothing of two changes at once', async () => {
  const [here, there] = [new IAM(one.config()), new IAM(other.config())]
  await here.createUser({ UserName: 'minji' })
  await eventually(() => there.getUser({ UserName: 'minji' }))
  const groups = Array.from({ length: 8 }, (_, index) => `g${index}`)
  for (const GroupName of groups) await here.createGroup({ GroupName })
  await eventually(() => there.getGroup({ GroupName: 'g7' }))
  await Promise.all(
    groups.map((GroupName, index) =>
      (index % 2 ? here : there).addUserToGroup({ UserName: 'minji', GroupName }),
    ),
  )
  await eventually(async () => {
    for (const iam of [here, there]) {
      const { Groups } = await iam.listGroupsForUser({ UserName: 'minji' })
      expect(Groups!.map(({ GroupName }) => GroupName).sort()).toEqual(groups)
    }
  })
})

it('knows a key that was made on the other server at once', async () => {
  const here = new IAM(one.config())
  await here.createUser({ UserName: 'keyed' })
  const { AccessKey: key } = await here.createAccessKey({ UserName: 'keyed' })
  const credentials = { accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! }
  const who = await new STS(other.config(credentials)).getCallerIdentity({})
  expect(who.Arn).toBe('arn:aws:iam::000000000000:user/keyed')
})
