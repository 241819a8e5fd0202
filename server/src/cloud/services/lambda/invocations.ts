import type { Input, Lambda, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import type { LambdaParts } from './parts.ts'
import { resolve } from './resolve.ts'

const SYNC_LIMIT_BYTES = 6_291_456
const ASYNC_LIMIT_BYTES = 1_048_576

export const invocationOperations = (parts: LambdaParts) =>
  ({ Invoke: (input, ctx) => invoke(parts, input, ctx) }) satisfies Operations<Lambda>

async function invoke(
  parts: LambdaParts,
  input: Input<Lambda, 'Invoke'>,
  ctx: RequestContext,
): Promise<Output<Lambda, 'Invoke'>> {
  const { fn, version, arnQualifier } = await resolve(parts, ctx, input)
  const type = input.InvocationType ?? 'RequestResponse'
  if (type === 'DryRun') return { StatusCode: 204 }
  const payload = checkPayload(input.Payload, type)
  const { requestId } = ctx
  const { ClientContext: clientContext } = input
  if (type === 'Event') {
    const { account, region } = ctx
    const event = { account, region, functionName: fn.name, qualifier: arnQualifier }
    await parts.queue.add({ ...event, requestId, clientContext }, payload)
    return { StatusCode: 202 }
  }
  const outcome = await parts.invoker.invoke({
    scope: ctx,
    fn,
    version,
    qualifier: arnQualifier,
    requestId,
    payload,
    clientContext,
  })
  return {
    StatusCode: 200,
    Payload: outcome.payload,
    ExecutedVersion: version.version,
    ...(outcome.functionError && { FunctionError: outcome.functionError }),
    ...(input.LogType === 'Tail' && {
      LogResult: Buffer.from(outcome.logTail()).toString('base64'),
    }),
  }
}

/** An absent payload is an empty object; anything else has to be JSON. */
function checkPayload(payload: Uint8Array | undefined, type: string): Uint8Array {
  if (!payload?.length) return Buffer.from('{}')
  const limit = type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES
  if (payload.length > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      { status: 413 },
    )
  }
  try {
    JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch (error) {
    const reason = (error as Error).message
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    )
  }
  return payload
}
