import { randomUUID } from 'node:crypto'
import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { textsOf } from './message.ts'
import { invalid } from './model.ts'
import type { SnsParts } from './parts.ts'

/** A message to one device. */
export async function publishPush(
  parts: SnsParts,
  arn: string,
  given: { Message?: string | undefined; MessageStructure?: string | undefined },
  ctx: RequestContext,
): Promise<{ MessageId: string }> {
  const endpoint = parts.settings.get<Record<string, string>>(ctx, 'endpoints')[arn]
  if (!endpoint) {
    throw invalid('TargetArn Reason: No endpoint found for the target arn specified')
  }
  if (endpoint['Enabled'] !== 'true') {
    throw new AwsError('EndpointDisabledException', 'Endpoint is disabled')
  }
  const texts = textsOf(given.Message, given.MessageStructure)
  await keepPush(parts, arn, texts)
  return { MessageId: randomUUID() }
}

/** What a push service would be handed: the text for its platform, else the default one. */
export async function keepPush(
  { deps }: SnsParts,
  arn: string,
  texts: Record<string, string>,
): Promise<void> {
  const platform = arn.split('/')[1] ?? ''
  const text = texts[platform] ?? texts['default'] ?? ''
  await deps.kernel.database.write(async (tx) => {
    await deps.kernel.mailbox.send(tx, {
      from: 'SNS push',
      to: [`push:${arn}`],
      subject: `${platform} push`,
      text,
      source: 'sns',
    })
  })
}
