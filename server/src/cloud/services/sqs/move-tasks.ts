import { randomUUID } from 'node:crypto'
import type { Job } from '../../../kernel/index.ts'
import { AwsError, type Input, type Operations, type Sqs } from '../../gateway/index.ts'
import { jsonObject } from './attributes.ts'
import type { Message } from './message.ts'
import { settled, type SqsParts } from './parts.ts'
import type { Queue } from './queue.ts'
import { invalid, invalidValue, missing, resourceNotFound } from './refusals.ts'
import { type MoveTask, MoveTaskStore } from './store-move-tasks.ts'

const KIND = 'cloud-sqs.move'
/** As many as SQS moves a second at most. */
const FASTEST = 500
const AT_ONCE = 50
const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue'

export function moveTaskOperations(parts: SqsParts) {
  const { kernel } = parts.deps
  const tasks = new MoveTaskStore(kernel.database)
  kernel.jobs.handle(KIND, { concurrency: 4, run: (job) => run(parts, tasks, job) })
  return {
    async StartMessageMoveTask(input, ctx) {
      const task = await newTask(parts, tasks, input, ctx.now)
      const payload = { handle: task.handle }
      await tasks.create(task, (tx) => kernel.jobs.enqueue(tx, { kind: KIND, payload }))
      return { TaskHandle: task.handle }
    },

    async CancelMessageMoveTask(input) {
      const sourceArn = sourceOfHandle(input.TaskHandle ?? '')
      if (sourceArn === undefined) throw invalid('Value for parameter TaskHandle is invalid.')
      sourceQueue(parts, sourceArn)
      const task = await tasks.find(input.TaskHandle!)
      if (!task) throw resourceNotFound('Task does not exist.')
      if (task.status !== 'RUNNING') {
        throw new AwsError('UnsupportedOperation', 'Only active tasks can be cancelled.')
      }
      await tasks.change(task.handle, { status: 'CANCELLING' })
      return { ApproximateNumberOfMessagesMoved: Number(task.moved) }
    },

    async ListMessageMoveTasks(input) {
      const { MaxResults: most = 1 } = input
      const { arn } = sourceQueue(parts, input.SourceArn)
      if (most < 1 || most > 10) {
        throw invalidValue('MaxResults', most, 'MaxResults must be an integer between 1 and 10.')
      }
      return { Results: (await tasks.list(arn, most)).map(present) }
    },
  } satisfies Operations<Sqs>
}

const present = (task: MoveTask) => ({
  ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
  Status: task.status,
  SourceArn: task.source_arn,
  ...(task.destination_arn !== null && { DestinationArn: task.destination_arn }),
  ...(task.rate !== null && { MaxNumberOfMessagesPerSecond: task.rate }),
  ApproximateNumberOfMessagesMoved: Number(task.moved),
  ApproximateNumberOfMessagesToMove: Number(task.to_move),
  ...(task.failure !== null && { FailureReason: task.failure }),
  StartedTimestamp: Number(task.started_at),
})

function sourceQueue({ queues }: SqsParts, arn: string | undefined): Queue {
  if (arn === undefined) throw missing('SourceArn')
  checkArn('SourceArn', arn)
  const queue = queues.byArn(arn)
  if (queue) return queue
  throw resourceNotFound(
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  )
}

function checkArn(name: string, arn: string): void {
  if (/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(arn)) return
  throw invalid(
    `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
  )
}

async function newTask(
  parts: SqsParts,
  tasks: MoveTaskStore,
  input: Input<Sqs, 'StartMessageMoveTask'>,
  now: number,
): Promise<MoveTask> {
  const { DestinationArn: to, MaxNumberOfMessagesPerSecond: rate } = input
  const source = sourceQueue(parts, input.SourceArn)
  const { arn: sourceArn } = source
  if (parts.queues.sourcesOf(sourceArn).length === 0) {
    throw invalid('Source queue must be configured as a Dead Letter Queue.')
  }
  if (to !== undefined) {
    checkArn('DestinationArn', to)
    if (to === sourceArn) {
      throw invalid('Source queue arn and destination queue arn cannot be the same.')
    }
    const target = parts.queues.byArn(to)
    if (!target) {
      throw resourceNotFound(
        "The resource that you specified for the DestinationArn parameter doesn't exist.",
      )
    }
    if (target.rules.isFifo !== source.rules.isFifo) {
      throw invalid('The destination queue must be of the same type as the source queue.')
    }
  }
  if (rate !== undefined && (rate < 1 || rate > FASTEST)) {
    throw invalid(
      `Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and ${FASTEST}.`,
    )
  }
  const [last] = await tasks.list(sourceArn, 1)
  if (last && (last.status === 'RUNNING' || last.status === 'CANCELLING')) {
    throw invalid(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  }
  return {
    handle: handleOf(sourceArn),
    source_arn: sourceArn,
    destination_arn: to ?? null,
    rate: rate ?? null,
    status: 'RUNNING',
    moved: 0,
    to_move: settled(parts, source, now).counts.ready,
    failure: null,
    started_at: now,
  }
}

const handleOf = (sourceArn: string) =>
  Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString('base64')

/** The queue that a task's handle speaks of, for IAM. */
export function sourceOfHandle(handle: string): string | undefined {
  const source = jsonObject(Buffer.from(handle, 'base64').toString())?.['sourceArn']
  return typeof source === 'string' ? source : undefined
}

async function run(parts: SqsParts, tasks: MoveTaskStore, job: Job): Promise<void> {
  const { handle } = job.payload as { handle: string }
  const { clock } = parts.deps.kernel
  for (;;) {
    const task = await tasks.find(handle)
    if (!task) return
    if (task.status === 'CANCELLING') return tasks.change(handle, { status: 'CANCELLED' })
    if (task.status !== 'RUNNING') return
    const most = Math.min(task.rate ?? AT_ONCE, AT_ONCE)
    const outcome = await moveSome(parts, task, most)
    const moved = Number(task.moved) + outcome.moved
    if (outcome.failure !== undefined) {
      return tasks.change(handle, { moved, status: 'FAILED', failure: outcome.failure })
    }
    if (outcome.moved === 0) return tasks.change(handle, { status: 'COMPLETED' })
    await tasks.change(handle, { moved })
    await clock.sleep((1000 * outcome.moved) / (task.rate ?? FASTEST), job.signal)
  }
}

async function moveSome(parts: SqsParts, task: MoveTask, most: number) {
  const source = parts.queues.byArn(task.source_arn)
  if (!source) return { moved: 0, failure: NO_QUEUE }
  const now = parts.deps.kernel.clock.now()
  settled(parts, source, now)
  const picked: Message[] = []
  for (const message of source.messages.values()) {
    if (picked.length >= most) break
    if (message.state === 'ready') picked.push(message)
  }
  let moved = 0
  for (const message of picked) {
    if (await moveOne(parts, task, source, message, now)) moved++
    else {
      const isKnown = task.destination_arn !== null
      const failure = isKnown ? NO_QUEUE : 'CouldNotDetermineMessageSource'
      return { moved, failure }
    }
  }
  return { moved }
}

/** A moved message is a new one: another id, and its age begins again (developer guide, redrive). */
async function moveOne(
  parts: SqsParts,
  task: MoveTask,
  source: Queue,
  message: Message,
  now: number,
): Promise<boolean> {
  const content = (await parts.messages.contents([message])).get(message.seq)
  // Received and deleted in the meantime.
  if (!content || message.state !== 'ready') return true
  const { deadLetterSource, ...rest } = content
  const target = parts.queues.byArn(task.destination_arn ?? deadLetterSource ?? '')
  if (!target) return false
  source.remove(message)
  const fresh: Message = {
    ...message,
    seq: parts.messages.nextSeq(),
    id: randomUUID(),
    sentAt: now,
    visibleAt: now,
    receives: 0,
    receivesBefore: 0,
    firstReceivedAt: 0,
    takenAt: 0,
    state: 'delayed',
    content: rest,
  }
  await parts.messages.rewrite(message, fresh, target.facts.id)
  target.add(fresh, now)
  return true
}
