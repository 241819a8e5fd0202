import { cloudEndpoints } from '@madang/api'
import { CreateLoginProfileCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRegistry } from '../../registry/index.ts'
import { refusalOf } from '../../testing/client.ts'
import { openYard, type Yard } from '../../testing/yard.ts'
import { type Cloud, createCloud } from '../index.ts'

let yard: Yard<Cloud>
let url: string
let ada: Awaited<ReturnType<Yard['setUp']>>

beforeAll(async () => {
  yard = await openYard({
    build: async ({ kernel, identity }) =>
      createCloud({ kernel, identity, registry: await createRegistry({ kernel }) }),
  })
  url = await yard.parts.listen()
  ada = await yard.setUp()
  const s3 = new S3Client({ ...config('test'), forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: 'site' }))
  for (const Key of ['index.html', 'docs/a', 'docs/b']) {
    await s3.send(new PutObjectCommand({ Bucket: 'site', Key, Body: 'x' }))
  }
})
afterAll(() => yard.close())

const config = (accessKeyId: string, secretAccessKey = 'x', sessionToken?: string) => ({
  endpoint: url,
  region: 'ap-northeast-2',
  credentials: { accessKeyId, secretAccessKey, sessionToken },
  maxAttempts: 1,
})

it.each(Object.entries(cloudEndpoints))('%s wants a person signed in', async (_name, endpoint) => {
  const path = endpoint.path.replace(':bucket', 'site').replace(':project', 'GB')
  const { method } = endpoint
  expect((await fetch(yard.origin + path, { method })).status).toBe(401)
})

it('says where the cloud is and how to connect', async () => {
  const overview = await ada.call(cloudEndpoints.cloudGet, {})
  expect(overview).toMatchObject({
    endpointUrl: url,
    region: 'ap-northeast-2',
    mode: 'open',
    counts: { buckets: 1 },
  })
  expect(overview.environment).toContainEqual({ name: 'AWS_ENDPOINT_URL', value: url })
  expect(overview.services.find(({ id }) => id === 's3')!.built).toBeGreaterThan(60)
})

it('shows buckets and, by folder, what is in them', async () => {
  const buckets = await ada.call(cloudEndpoints.cloudBucketList, {})
  expect(buckets.items).toMatchObject([{ name: 'site', region: 'ap-northeast-2' }])
  const params = { bucket: 'site' }
  const root = await ada.call(cloudEndpoints.cloudObjectList, { params })
  expect(root.items.map(({ key }) => key)).toEqual(['docs/', 'index.html'])
  const docs = { params, query: { prefix: 'docs/', limit: 1 } }
  const first = await ada.call(cloudEndpoints.cloudObjectList, docs)
  expect(first.items).toMatchObject([{ key: 'docs/a', sizeBytes: 1 }])
  const cursor = first.nextCursor!
  const second = await ada.call(cloudEndpoints.cloudObjectList, {
    params,
    query: { prefix: 'docs/', cursor },
  })
  expect(second.items.map(({ key }) => key)).toEqual(['docs/b'])
  const nowhere = ada.call(cloudEndpoints.cloudObjectList, { params: { bucket: 'none' } })
  expect(await refusalOf(nowhere)).toBe('400 badRequest')
})

it('shows users, roles and why a call was refused, and not its own looking', async () => {
  const lent = await yard.parts.credentialsFor({
    kind: 'run',
    id: 'run_1',
    project: 'GB',
    name: 'ada',
  })
  const run = config(lent.accessKeyId, lent.secretAccessKey, lent.sessionToken)
  await new IAMClient(run).send(new CreateUserCommand({ UserName: 'sora' }))
  const again = new IAMClient(run).send(new CreateUserCommand({ UserName: 'sora' }))
  await expect(again).rejects.toThrow('User with name sora already exists.')
  expect((await ada.call(cloudEndpoints.cloudUserList, {})).items).toMatchObject([{ name: 'sora' }])
  const roles = await ada.call(cloudEndpoints.cloudRoleList, {})
  expect(roles.items.map(({ name }) => name)).toEqual(['madang-run-GB'])
  const query = { refused: 'true', project: 'GB' }
  const calls = await ada.call(cloudEndpoints.cloudCallList, { query })
  expect(calls.items).toMatchObject([
    {
      operation: 'CreateUser',
      project: 'GB',
      errorCode: 'EntityAlreadyExists',
      status: 409,
      about: 'UserName=sora',
    },
  ])
  const all = await ada.call(cloudEndpoints.cloudCallList, { query: { limit: 200 } })
  expect(all.items.some(({ operation }) => operation === 'ListBuckets')).toBe(false)
})

it('tells no password and no value of a parameter among the calls', async () => {
  const [iam, ssm] = [new IAMClient(config('test')), new SSMClient(config('test'))]
  const UserName = 'haneul'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'Very-hidden-1' }))
  const given = { Name: '/db/password', Value: 'very-hidden-2', Type: 'SecureString' } as const
  await ssm.send(new PutParameterCommand(given))
  const { items } = await ada.call(cloudEndpoints.cloudCallList, { query: { limit: 200 } })
  const abouts = items.map(({ about }) => about)
  expect(abouts).toContain('Name=/db/password Type=SecureString')
  expect(abouts.join('\n')).not.toMatch(/very-hidden/i)
})
