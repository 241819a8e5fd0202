import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import { startCloudProcess } from '../../tests/cloud-process.ts'
import { startCloud } from '../../tests/cloud-under-test.ts'

it('kill -9 loses no message that was answered, and brings back none that was deleted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-sqs-'))
  const { child, url, gone } = await startCloudProcess(home)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const before = new SQS({ endpoint: url, region: 'ap-northeast-2', credentials, maxAttempts: 1 })
  const { QueueUrl } = await before.createQueue({ QueueName: 'kept' })
  const answered = new Set<string>()
  const sender = async (from: number) => {
    for (let n = from; ; n += 4) {
      const sent = await before.sendMessage({ QueueUrl, MessageBody: `m${n}` })
      answered.add(sent.MessageId!)
      if (answered.size >= 100) child.kill('SIGKILL')
    }
  }
  const deleted = await before.sendMessage({ QueueUrl, MessageBody: 'deleted' })
  const { Messages } = await before.receiveMessage({ QueueUrl })
  await before.deleteMessage({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle })
  await Promise.allSettled([0, 1, 2, 3].map(sender))
  await gone
  const under = await startCloud({ home })
  const sqs = new SQS(under.config())
  const found = new Set<string>()
  for (;;) {
    const given = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }
    const { Messages: more } = await sqs.receiveMessage(given)
    if (!more) break
    for (const { MessageId } of more) found.add(MessageId!)
  }
  await under.stop()
  await rm(home, { recursive: true, force: true })
  expect([...answered].filter((id) => !found.has(id))).toEqual([])
  expect(found.has(deleted.MessageId!)).toBe(false)
})

it.each(testDatabases())(
  'messages, groups and de-duplications outlive a restart on $name',
  async ({ config }) => {
    const home = await mkdtemp(join(tmpdir(), 'madang-sqs-'))
    const values = { home, ...(await config()) }
    let under = await startCloud(values)
    const first = new SQS(under.config())
    const Attributes = { FifoQueue: 'true', VisibilityTimeout: '600' }
    const { QueueUrl } = await first.createQueue({ QueueName: 'q.fifo', Attributes })
    const more = (id: string) => ({ MessageGroupId: 'g', MessageDeduplicationId: id })
    const one = await first.sendMessage({ QueueUrl, MessageBody: 'one', ...more('1') })
    await first.sendMessage({ QueueUrl, MessageBody: 'two', ...more('2') })
    const { Messages } = await first.receiveMessage({ QueueUrl })
    expect(Messages![0]!.Body).toBe('one')
    await under.stop()
    under = await startCloud(values)
    const sqs = new SQS(under.config())
    expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined()
    const again = await sqs.sendMessage({ QueueUrl, MessageBody: 'x', ...more('1') })
    expect(again.MessageId).toBe(one.MessageId)
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle })
    expect((await sqs.receiveMessage({ QueueUrl })).Messages![0]!.Body).toBe('two')
    await under.stop()
    await rm(home, { recursive: true, force: true })
  },
)
