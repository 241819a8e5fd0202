import type { Operations, Sqs } from '../../gateway/index.ts'
import { queueAt, type SqsParts } from './parts.ts'
import { invalid, missing } from './refusals.ts'

const MOST = 50

export const tagOperations = (parts: SqsParts) =>
  ({
    async TagQueue(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      if (Object.keys(input.Tags ?? {}).length === 0) throw missing('Tags')
      const tags = { ...queue.facts.tags, ...input.Tags }
      checkTags(queue.facts.name, tags)
      await parts.queues.update(queue, { tags })
      return {}
    },

    async UntagQueue(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const removed = input.TagKeys ?? []
      if (removed.length === 0) throw badKey()
      removed.forEach(checkKey)
      const kept = Object.entries(queue.facts.tags).filter(([key]) => !removed.includes(key))
      await parts.queues.update(queue, { tags: Object.fromEntries(kept) })
      return {}
    },

    ListQueueTags(input, ctx) {
      const { tags } = queueAt(parts, input.QueueUrl, ctx).facts
      return Object.keys(tags).length > 0 ? { Tags: tags } : {}
    },
  }) satisfies Operations<Sqs>

export function checkTags(queueName: string, tags: Record<string, string>): void {
  const entries = Object.entries(tags)
  if (entries.length > MOST) throw invalid(`Too many tags added for queue ${queueName}.`)
  for (const [key, value] of entries) {
    checkKey(key)
    if (value.length > 256)
      throw invalid('Tag values must be between 0 and 256 characters in length.')
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalid('Tag keys cannot start with the reserved prefix aws:.')
    }
  }
}

function checkKey(key: string): void {
  if (key.length < 1 || key.length > 128) throw badKey()
}

const badKey = () => invalid('Tag keys must be between 1 and 128 characters in length.')
