import type { Input, Operations, RequestContext, Sqs } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { attributeOf, changed, checkAttributes, presentAttributes } from './attributes.ts'
import { queueAt, settled, type SqsParts, urlOf } from './parts.ts'
import type { Queue } from './queue.ts'
import {
  invalid,
  invalidAttribute,
  invalidValue,
  isQuery,
  missing,
  noQueue,
  unknownAttribute,
} from './refusals.ts'
import { checkTags } from './tags.ts'

const PURGE_EVERY_MS = 60_000

export const queueOperations = (parts: SqsParts) =>
  ({
    async CreateQueue(input, ctx) {
      refuseAtQueue(ctx)
      const queue = findSame(parts, input, ctx) ?? (await create(parts, input, ctx))
      return { QueueUrl: urlOf(queue, ctx) }
    },

    async DeleteQueue(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const messages = [...queue.messages.values()]
      await parts.queues.remove(queue, ctx.now)
      queue.clear()
      queue.release()
      await parts.messages.removeAll(messages)
      return {}
    },

    GetQueueUrl(input, ctx) {
      if (!input.QueueName) throw noName()
      const account = input.QueueOwnerAWSAccountId ?? ctx.account
      const queue = parts.queues.find({ account, region: ctx.region }, input.QueueName)
      if (!queue) throw noQueue(ctx)
      return { QueueUrl: urlOf(queue, ctx) }
    },

    ListQueues: (input, ctx) => listQueues(parts, input, ctx),

    GetQueueAttributes(input, ctx) {
      const queue = settled(parts, queueAt(parts, input.QueueUrl, ctx), ctx.now)
      const names = (input.AttributeNames ?? []) as string[]
      const Attributes = presentAttributes(queue, names)
      return Object.keys(Attributes).length > 0 ? { Attributes } : {}
    },

    async SetQueueAttributes(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const given = (input.Attributes ?? {}) as Record<string, string>
      if (Object.keys(given).length === 0) throw missing('Attribute.Name')
      checkSameType(queue, given['FifoQueue'])
      await setAttributes(parts, queue, given, ctx.now)
      return {}
    },

    async PurgeQueue(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const { purgedAt, name } = queue.facts
      if (ctx.now - purgedAt < PURGE_EVERY_MS) {
        throw new AwsError(
          'PurgeQueueInProgress',
          `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
        )
      }
      queue.purgedSeq = parts.messages.lastSeq
      const messages = [...queue.messages.values()]
      queue.clear()
      await parts.queues.purged(queue, ctx.now)
      await parts.messages.removeAll(messages)
      return {}
    },

    ListDeadLetterSourceQueues(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const { MaxResults: most } = input
      checkMost(most)
      const urls = parts.queues.sourcesOf(queue.arn).map((source) => urlOf(source, ctx))
      const { page, next } = paged(urls, most, input.NextToken)
      return { queueUrls: page, NextToken: next }
    },
  }) satisfies Operations<Sqs>

/** A form that is sent to a queue's URL may only ask for what is done with a queue. */
function refuseAtQueue({ http, operation }: RequestContext): void {
  if (!isQuery(http) || !/^\/\d{12}\/[\w.-]+$/.test(http.path)) return
  throw new AwsError('InvalidAction', `The action ${operation} is not valid for this endpoint.`)
}

function checkSameType({ rules }: Queue, isFifo: string | undefined): void {
  if (isFifo === undefined || isFifo === String(rules.isFifo)) return
  if (!rules.isFifo) throw unknownAttribute('FifoQueue')
  throw invalidAttribute('FifoQueue', 'Modifying queue type is not supported.')
}

/** Also for AddPermission, which writes the policy. */
export async function setAttributes(
  parts: SqsParts,
  queue: Queue,
  given: Record<string, string>,
  now: number,
): Promise<void> {
  const { arn, rules, facts } = queue
  const queueByArn = (target: string) => parts.queues.byArn(target)
  const checked = checkAttributes(given, { arn, isFifo: rules.isFifo, queueByArn })
  const attributes = changed(facts.attributes, checked)
  await parts.queues.update(queue, { attributes, modifiedAt: Math.floor(now / 1000) })
}

const noName = () =>
  invalid('Value for parameter QueueName is invalid. Reason: Must specify a queue name.')

function checkName(name: string | undefined, isFifo: boolean): asserts name is string {
  if (name === undefined) throw noName()
  if (name === '') throw invalid('Queue name cannot be empty')
  if (isFifo) {
    if (/^[\w-]{1,75}\.fifo$/.test(name)) return
    throw invalid(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    )
  }
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw invalid(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    )
  }
}

/** CreateQueue again is fine as long as nothing it says differs. */
function findSame(parts: SqsParts, input: Input<Sqs, 'CreateQueue'>, ctx: RequestContext) {
  const queue = parts.queues.find(ctx, input.QueueName ?? '')
  if (!queue) return undefined
  const given = (input.Attributes ?? {}) as Record<string, string>
  const { isFifo } = queue.rules
  const queueByArn = (arn: string) => parts.queues.byArn(arn)
  const checked = checkAttributes(given, { arn: queue.arn, isFifo, queueByArn })
  for (const [name, value] of Object.entries(checked)) {
    if ((attributeOf(queue, name) ?? '') === value) continue
    throw new AwsError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${name}`,
    )
  }
  return queue
}

async function create(parts: SqsParts, input: Input<Sqs, 'CreateQueue'>, ctx: RequestContext) {
  const { QueueName: name } = input
  const given = (input.Attributes ?? {}) as Record<string, string>
  if (given['FifoQueue'] === 'false') throw unknownAttribute('FifoQueue')
  const isFifo = given['FifoQueue'] === 'true'
  checkName(name, isFifo)
  if (parts.deps.settings.realistic) checkNotRecent(parts, name, ctx)
  const tags = input.tags ?? {}
  checkTags(name, tags)
  const { account, region } = ctx
  const arn = `arn:aws:sqs:${region}:${account}:${name}`
  const queueByArn = (target: string) => parts.queues.byArn(target)
  const attributes = changed({}, checkAttributes(given, { arn, isFifo, queueByArn }))
  const createdAt = Math.floor(ctx.now / 1000)
  const id = parts.deps.kernel.ids.next('q')
  const facts = { id, account, region, name, createdAt, modifiedAt: createdAt, purgedAt: 0 }
  return parts.queues.create({ ...facts, attributes, tags })
}

const NAME_FREE_MS = 60_000

function checkNotRecent(parts: SqsParts, name: string, ctx: RequestContext): void {
  const deletedAt = parts.queues.deletedAt(ctx, name)
  if (deletedAt === undefined || ctx.now - deletedAt >= NAME_FREE_MS) return
  throw new AwsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  )
}

function listQueues(parts: SqsParts, input: Input<Sqs, 'ListQueues'>, ctx: RequestContext) {
  refuseAtQueue(ctx)
  const prefix = input.QueueNamePrefix ?? ''
  const { MaxResults: most } = input
  checkMost(most)
  const urls = parts.queues
    .list(ctx)
    .filter(({ facts }) => facts.name.startsWith(prefix))
    .map((queue) => urlOf(queue, ctx))
  const { page, next } = paged(urls, most, input.NextToken)
  return { ...(page.length > 0 && { QueueUrls: page }), NextToken: next }
}

function checkMost(most: number | undefined): void {
  if (most === undefined || (most >= 1 && most <= 1000)) return
  throw invalidValue('MaxResults', most, 'MaxResults must be an integer between 1 and 1000.')
}

/** Without MaxResults there are at most 1,000 and no token, as SQS has it. */
function paged(all: string[], most: number | undefined, token: string | undefined) {
  const after = token ? nameIn(token) : undefined
  const from = after === undefined ? 0 : all.findIndex((url) => nameOf(url) > after)
  const rest = from < 0 ? [] : all.slice(from)
  const page = rest.slice(0, most ?? 1000)
  const hasMore = most !== undefined && rest.length > page.length
  return {
    page,
    next: hasMore ? Buffer.from(nameOf(page.at(-1)!)).toString('base64url') : undefined,
  }
}

/** The name of the page's last queue. */
function nameIn(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  if (/^[\w-]{1,80}(\.fifo)?$/.test(name)) return name
  throw invalid('Invalid or expired next token.')
}

const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)
