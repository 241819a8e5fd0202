import type { RequestContext } from '../../gateway/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { AwsError } from '../../gateway/index.ts'
import type { Queue } from './queue.ts'
import { missing, noQueue } from './refusals.ts'
import type { MessageStore } from './store-messages.ts'
import type { QueueStore, Scope } from './store-queues.ts'

/** What operations are made of. */
export interface SqsParts {
  deps: ServiceDeps
  queues: QueueStore
  messages: MessageStore
}

export interface QueueAddress extends Scope {
  name: string
}

/** A queue's URL is its account and name behind any host: clients reach this cloud by many. */
export function addressOf(url: string | undefined, ctx: RequestContext): QueueAddress {
  if (url === undefined || url === '') throw missing('QueueUrl')
  const steps = url.split('/')
  const name = steps.at(-1)!
  const account = steps.at(-2)
  // A bare name is the caller's own queue, as with the real service.
  if (!name || (steps.length < 2 && !/^[\w.-]{1,80}$/.test(name))) {
    throw new AwsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`)
  }
  const isAccount = account !== undefined && /^\d{12}$/.test(account)
  return { name, account: isAccount ? account : ctx.account, region: ctx.region }
}

export function queueAt(parts: SqsParts, url: string | undefined, ctx: RequestContext): Queue {
  const address = addressOf(url, ctx)
  const queue = parts.queues.find(address, address.name)
  if (!queue) throw noQueue(ctx)
  return queue
}

export const urlOf = ({ facts }: Queue, ctx: RequestContext) =>
  `${ctx.originUrl}/${facts.account}/${facts.name}`

/** Lets what is past its retention go from disk, too. Nobody waits for it. */
export function settled(parts: SqsParts, queue: Queue, now: number): Queue {
  const expired = queue.settle(now)
  if (expired.length > 0) {
    parts.messages.removeAll(expired).catch((error: unknown) => {
      parts.deps.kernel.log.error('sqs.expire', { error })
    })
  }
  return queue
}
