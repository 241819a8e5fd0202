import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as S3 from '@aws-sdk/client-s3'
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { attributionOf } from '../index.ts'
import { startCloud } from './cloud-under-test.ts'

describe('the cloud', () => {
  it('keeps everything over a restart, temporary credentials too', async () => {
    const home = await mkdtemp(join(tmpdir(), 'madang-cloud-'))
    const Bucket = 'kept'
    const big = Buffer.alloc(200_000, 'kept')
    const before = await startCloud({ home })
    const lent = await before.cloud.credentialsFor(
      { kind: 'run', id: 'run_7', project: 'GB', name: 'minji' },
      { durationS: 900 },
    )
    const first = new S3.S3Client({ ...before.config(), forcePathStyle: true })
    await first.send(new S3.CreateBucketCommand({ Bucket }))
    await first.send(new S3.PutObjectCommand({ Bucket, Key: 'big', Body: big }))
    await first.send(new S3.PutObjectCommand({ Bucket, Key: 'small', Body: 'small' }))
    await new IAMClient(before.config()).send(new CreateUserCommand({ UserName: 'sora' }))
    await before.stop()

    const after = await startCloud({ home })
    const second = new S3.S3Client({ ...after.config(lent), forcePathStyle: true })
    const read = async (Key: string) =>
      (await second.send(new S3.GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray()
    expect(Buffer.from(await read('big')).equals(big)).toBe(true)
    expect(Buffer.from(await read('small')).toString()).toBe('small')
    const users = await new IAMClient(after.config(lent)).send(new ListUsersCommand({}))
    expect(users.Users!.map(({ UserName }) => UserName)).toEqual(['sora'])
    after.kernel.clock.advance(901_000)
    const late = new STSClient({ ...after.config(lent), systemClockOffset: 901_000 })
    const expired = late.send(new GetCallerIdentityCommand({}))
    await expect(expired).rejects.toMatchObject({ name: expect.stringMatching(/Expired/) })
    await after.stop()
    await rm(home, { recursive: true, force: true })
  })

  it('lends a run an identity that says whose it is', async () => {
    const cloud = await startCloud()
    const lent = await cloud.cloud.credentialsFor({
      kind: 'run',
      id: 'run_1',
      project: 'GB',
      name: 'minji',
    })
    expect(lent.endpointUrl).toBe(cloud.url)
    const who = await new STSClient(cloud.config(lent)).send(new GetCallerIdentityCommand({}))
    expect(who.Arn).toBe('arn:aws:sts::000000000000:assumed-role/madang-run-GB/run_1')
    const context = { 'madang:project': 'GB', 'madang:run': 'run_1', 'madang:actor': 'run:run_1' }
    expect(attributionOf({ context })).toEqual({
      project: 'GB',
      runId: 'run_1',
      actor: 'run:run_1',
    })
    await cloud.stop()
  })

  it('is emptied only when it was started so', async () => {
    const kept = await startCloud()
    const refused = await fetch(`${kept.url}/_madang/reset`, { method: 'POST' })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('--allow-reset')
    expect(await (await fetch(`${kept.url}/_madang/health`)).json()).toMatchObject({
      status: 'ok',
      services: expect.arrayContaining(['s3', 'iam', 'sts']),
    })
    await kept.stop()

    const cloud = await startCloud({ allowReset: true })
    const s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
    await s3.send(new S3.CreateBucketCommand({ Bucket: 'gone' }))
    await s3.send(
      new S3.PutObjectCommand({ Bucket: 'gone', Key: 'a', Body: Buffer.alloc(100_000) }),
    )
    expect((await fetch(`${cloud.url}/_madang/reset`, { method: 'POST' })).status).toBe(200)
    expect((await s3.send(new S3.ListBucketsCommand({}))).Buckets).toEqual([])
    await cloud.stop()
  })

  it('refuses an unknown key in strict mode', async () => {
    const cloud = await startCloud({ cloudMode: 'strict' })
    const asked = new STSClient(cloud.config()).send(new GetCallerIdentityCommand({}))
    await expect(asked).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
    await cloud.stop()
  })
})
