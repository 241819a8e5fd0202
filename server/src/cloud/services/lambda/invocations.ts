import type { Input, Lambda, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { AwsError, collect } from '../../gateway/index.ts'
import type { LambdaParts } from './parts.ts'
import { checkJson } from './payload.ts'
import { resolve } from './resolve.ts'
import { invokeStreamed } from './streamed.ts'

const SYNC_LIMIT_BYTES = 6_291_456
const ASYNC_LIMIT_BYTES = 1_048_576

export const invocationOperations = (parts: LambdaParts) =>
  ({
    Invoke: (input, ctx) => invoke(parts, input, ctx),
    InvokeWithResponseStream: (input, ctx) => invokeStream(parts, input, ctx),

    /** The first form of asynchronous calls; AWS still answers it. */
    async InvokeAsync(input, ctx) {
      const given = input.InvokeArgs && (await collect(input.InvokeArgs, ASYNC_LIMIT_BYTES))
      const { FunctionName } = input
      const { StatusCode: Status } = await invoke(
        parts,
        { FunctionName, InvocationType: 'Event', Payload: given },
        ctx,
      )
      return { Status }
    },
  }) satisfies Operations<Lambda>

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
  checkClientContext(clientContext)
  const traceHeader = ctx.http.headers['x-amzn-trace-id']
  if (type === 'Event') {
    const event = {
      account: fn.account,
      region: fn.region,
      functionName: fn.name,
      qualifier: arnQualifier,
    }
    await parts.queue.add({ ...event, requestId, clientContext, traceHeader }, payload)
    return { StatusCode: 202 }
  }
  const outcome = await parts.invoker.invoke({
    scope: { account: fn.account, region: fn.region },
    fn,
    version,
    qualifier: arnQualifier,
    requestId,
    payload,
    clientContext,
    traceHeader,
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

async function invokeStream(
  parts: LambdaParts,
  input: Input<Lambda, 'InvokeWithResponseStream'>,
  ctx: RequestContext,
): Promise<Output<Lambda, 'InvokeWithResponseStream'>> {
  const { fn, version, arnQualifier } = await resolve(parts, ctx, input)
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 }
  const { contentType, pieces, outcome } = await invokeStreamed(parts.invoker, {
    scope: { account: fn.account, region: fn.region },
    fn,
    version,
    qualifier: arnQualifier,
    requestId: ctx.requestId,
    payload: checkPayload(input.Payload, 'RequestResponse'),
    clientContext: input.ClientContext,
    traceHeader: ctx.http.headers['x-amzn-trace-id'],
  })
  async function* events() {
    for await (const Payload of pieces) yield { PayloadChunk: { Payload } }
    const { functionError, payload, logTail } = await outcome
    yield {
      InvokeComplete: {
        ...(functionError && {
          ErrorCode: functionError,
          ErrorDetails: Buffer.from(payload).toString(),
        }),
        ...(input.LogType === 'Tail' && { LogResult: Buffer.from(logTail()).toString('base64') }),
      },
    }
  }
  return {
    StatusCode: 200,
    ExecutedVersion: version.version,
    ResponseStreamContentType: contentType,
    EventStream: events() as never,
  }
}

function checkClientContext(given: string | undefined): void {
  if (given === undefined) return
  try {
    const context = JSON.parse(Buffer.from(given, 'base64').toString()) as unknown
    if (typeof context === 'object' && context !== null) return
  } catch {
    // Refused below, as a context that is no object is.
  }
  throw new AwsError(
    'InvalidRequestContentException',
    'Client context must be a valid Base64-encoded JSON object.',
  )
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
  checkJson(payload)
  return payload
}
