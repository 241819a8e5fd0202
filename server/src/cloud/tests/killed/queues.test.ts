import { SNS } from '@aws-sdk/client-sns'
import { type Message, SQS } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { live, Living, type Pick } from './living.ts'

let sqs: SQS
let sns: SNS

// Messages have no state to compare: they are in one of these sets, whoever has seen them.

/** What happened to the messages of one queue, by their bodies. */
class Ledger {
  readonly sent = new Set<string>()
  readonly deleting = new Set<string>()
  readonly deleted = new Set<string>()
  readonly seen = new Set<string>()

  /** Of a question that was asked when those of `gone` had been deleted. */
  received(body: string, gone: ReadonlySet<string>): void {
    expect(gone, `${body} was deleted`).not.toContain(body)
    this.seen.add(body)
  }

  get missing(): string[] {
    return [...this.sent].filter((body) => !this.seen.has(body))
  }
}

async function takeSome(
  QueueUrl: string,
  ledger: Ledger,
  bodyOf: (message: Message) => string,
  keeps: () => boolean = () => false,
): Promise<string[]> {
  const given = { QueueUrl, MaxNumberOfMessages: 5, VisibilityTimeout: 1 }
  const gone = new Set(ledger.deleted)
  const { Messages = [] } = await sqs.receiveMessage(given)
  for (const message of Messages) {
    const body = bodyOf(message)
    ledger.received(body, gone)
    if (keeps()) continue
    ledger.deleting.add(body)
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle })
    ledger.deleted.add(body)
  }
  return Messages.map(bodyOf)
}

/** Deletes a message of a FIFO queue; false where its second was over before: it comes again. */
const deletedInTime = (QueueUrl: string, ReceiptHandle: string | undefined) =>
  sqs.deleteMessage({ QueueUrl, ReceiptHandle }).then(
    () => true,
    (error: Error) => {
      if (error.message.includes('The receipt handle has expired')) return false
      throw error
    },
  )

/** Until everything that was acknowledged has been received at least once. */
async function drain(take: () => Promise<string[]>, ledger: Ledger): Promise<void> {
  const lost = async () => {
    await take()
    // A deletion under way when the server died may have happened before anybody else looked.
    return ledger.missing.filter((body) => !ledger.deleting.has(body))
  }
  await expect.poll(lost, { interval: 50 }).toEqual([])
}

const none: Living[] = []
let serial = 0

test('a queue: nothing lost, nothing deleted comes back', async () => {
  const ledger = new Ledger()
  let QueueUrl = ''
  const bodyOf = ({ Body }: Message) => Body!
  const send = (pick: Pick) => async () => {
    const bodies = Array.from(
      { length: 1 + pick(4) },
      () => `m${serial++} ${'x'.repeat(pick(500))}`,
    )
    if (bodies.length === 1) await sqs.sendMessage({ QueueUrl, MessageBody: bodies[0]! })
    else {
      const Entries = bodies.map((MessageBody, n) => ({ Id: `e${n}`, MessageBody }))
      await sqs.sendMessageBatch({ QueueUrl, Entries })
    }
    for (const body of bodies) ledger.sent.add(body)
  }
  await live({
    steps: 150,
    async begin(cloud, life) {
      sqs = cloud.client(SQS)
      // The port is another after each start; the path of a queue isn't.
      if (life === 0) await sqs.createQueue({ QueueName: 'kept' })
      QueueUrl = (await sqs.getQueueUrl({ QueueName: 'kept' })).QueueUrl!
      return none
    },
    beside: (pick) => [
      ...Array.from({ length: 3 }, () => send(pick)),
      ...Array.from({ length: 2 }, () => async () => {
        await takeSome(QueueUrl, ledger, bodyOf, () => pick(3) === 0)
      }),
    ],
    after: () => drain(() => takeSome(QueueUrl, ledger, bodyOf), ledger),
  })
  expect(ledger.seen.size).toBeGreaterThan(100)
})

test('a FIFO queue: each group in order, each de-duplication once', async () => {
  let QueueUrl = ''
  const groups = ['가', 'b', 'c', 'd'].map((name) => ({ name, next: 0, ledger: new Ledger() }))
  /** The highest number of each group that was taken away for good. */
  const gone = new Map<string, number>()
  const ids = new Map<string, string>()
  const send = (group: (typeof groups)[number], pick: Pick) => async () => {
    const n = group.next
    const MessageDeduplicationId = `${group.name}${n}`.replace('가', 'a')
    const given = { QueueUrl, MessageGroupId: MessageDeduplicationId[0]!, MessageDeduplicationId }
    const asked = { ...given, MessageBody: `${group.name} ${n}` }
    // Sent again after a failure, as a client does: the same id, so once at most.
    const { MessageId } = await sqs.sendMessage(asked)
    group.ledger.sent.add(asked.MessageBody)
    group.next++
    ids.set(asked.MessageBody, MessageId!)
    if (pick(3) > 0) return
    const again = await sqs.sendMessage(asked)
    expect(again.MessageId).toBe(ids.get(asked.MessageBody))
  }
  const take = (keeps: () => boolean) => async () => {
    const given = { QueueUrl, MaxNumberOfMessages: 5, VisibilityTimeout: 1 }
    const { Messages = [] } = await sqs.receiveMessage(given)
    const held = new Set<string>()
    for (const { Body, ReceiptHandle } of Messages) {
      const [name, number] = Body!.split(' ') as [string, string]
      const { ledger } = groups.find((group) => group.name === name)!
      ledger.received(Body!, ledger.deleted)
      const before = gone.get(name) ?? -1
      const skipped = Array.from(
        { length: Math.max(0, Number(number) - before - 1) },
        (_, n) => `${name} ${before + 1 + n}`,
      )
      // Whatever stood before it is in somebody's hands or gone: nothing is overtaken.
      if (!held.has(name))
        expect(skipped.filter((one) => ledger.sent.has(one) && !ledger.deleting.has(one))).toEqual(
          [],
        )
      if (held.has(name) || keeps()) {
        held.add(name)
        continue
      }
      ledger.deleting.add(Body!)
      if (!(await deletedInTime(QueueUrl, ReceiptHandle))) {
        ledger.deleting.delete(Body!)
        held.add(name)
        continue
      }
      ledger.deleted.add(Body!)
      gone.set(name, Number(number))
    }
    return Messages.map(({ Body }) => Body!)
  }
  await live({
    steps: 150,
    async begin(cloud, life) {
      sqs = cloud.client(SQS)
      const Attributes = { FifoQueue: 'true' }
      if (life === 0) await sqs.createQueue({ QueueName: 'kept.fifo', Attributes })
      QueueUrl = (await sqs.getQueueUrl({ QueueName: 'kept.fifo' })).QueueUrl!
      return none
    },
    beside: (pick) => [
      ...groups.map((group) => send(group, pick)),
      async () => {
        await take(() => pick(4) === 0)()
      },
    ],
    async after() {
      const takeAll = take(() => false)
      for (const { ledger } of groups) await drain(takeAll, ledger)
    },
  })
  expect(groups.every(({ ledger }) => ledger.seen.size > 5)).toBe(true)
})

test('a topic with two queues: what was published reaches both', async () => {
  const names = ['left', 'right']
  const ledgers = new Map(names.map((name) => [name, new Ledger()]))
  let TopicArn = ''
  const urls = new Map<string, string>()
  const told = ({ Body }: Message) => (JSON.parse(Body!) as { Message: string }).Message
  const take = (name: string) => takeSome(urls.get(name)!, ledgers.get(name)!, told)
  await live({
    steps: 100,
    async begin(cloud, life) {
      sqs = cloud.client(SQS)
      sns = cloud.client(SNS)
      TopicArn = (await sns.createTopic({ Name: 'kept' })).TopicArn!
      for (const QueueName of names) {
        const { QueueUrl } = await sqs.createQueue({ QueueName })
        urls.set(QueueName, QueueUrl!)
        if (life > 0) continue
        const Endpoint = `arn:aws:sqs:ap-northeast-2:000000000000:${QueueName}`
        const Attributes = { Policy: anybodyMaySend(Endpoint) }
        await sqs.setQueueAttributes({ QueueUrl, Attributes })
        await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint })
      }
      return none
    },
    beside: () => [
      ...Array.from({ length: 4 }, () => async () => {
        const Message = `p${serial++}`
        await sns.publish({ TopicArn, Message })
        for (const ledger of ledgers.values()) ledger.sent.add(Message)
      }),
      ...names.map((name) => async () => void (await take(name))),
    ],
    async after() {
      for (const [name, ledger] of ledgers) await drain(() => take(name), ledger)
    },
  })
  expect(ledgers.get('left')!.seen.size).toBeGreaterThan(50)
})

function anybodyMaySend(Resource: string): string {
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}
