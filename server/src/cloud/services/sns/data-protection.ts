import { AwsError, type Operations, type Sns } from '../../gateway/index.ts'
import { checkArn, invalid, parseObject, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'

const MOST_BYTES = 30_720
const directions: unknown[] = ['Inbound', 'Outbound']
const needed = ['Name', 'Version', 'Statement']

/**
 * Data protection policies are kept and told. Nothing is masked or refused by them here, as the
 * README says.
 */
export const dataProtectionOperations = ({ store, settings }: SnsParts) =>
  ({
    async PutDataProtectionPolicy(input, ctx) {
      const topic = topicOf(store.topicFind(checkArn('ResourceArn', input.ResourceArn)))
      const text = input.DataProtectionPolicy ?? ''
      checkPolicy(topic, text)
      const { [topic.arn]: _before, ...others } = settings.get(ctx, 'dataProtection')
      await settings.put(
        ctx,
        'dataProtection',
        text === '' ? others : { ...others, [topic.arn]: text },
      )
      return {}
    },

    GetDataProtectionPolicy(input, ctx) {
      const topic = topicOf(store.topicFind(checkArn('ResourceArn', input.ResourceArn)))
      return { DataProtectionPolicy: settings.get(ctx, 'dataProtection')[topic.arn] ?? '' }
    },
  }) satisfies Operations<Sns>

function topicOf(topic: Topic | undefined): Topic {
  if (topic) return topic
  throw new AwsError('ResourceNotFoundException', 'Resource does not exist')
}

function checkPolicy({ isFifo }: Topic, text: string): void {
  if (isFifo) throw invalid('Data protection policies are not supported for FIFO topics')
  if (text === '') return
  if (Buffer.byteLength(text) > MOST_BYTES) throw invalid('DataProtectionPolicy Reason: too long')
  const policy = parseObject(text)
  if (!policy) throw invalid('DataProtectionPolicy Reason: failed to parse JSON')
  const missing = needed.find((name) => policy[name] === undefined)
  if (missing) throw invalid(`DataProtectionPolicy Reason: ${missing} is missing`)
  const statements = [policy['Statement']].flat() as { DataDirection?: unknown }[]
  if (statements.every((one) => directions.includes(one?.DataDirection))) return
  throw invalid(
    'DataProtectionPolicy Reason: Statement DataDirection must be either Inbound or Outbound',
  )
}
