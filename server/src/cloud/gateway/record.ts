import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import type { OutgoingHttp } from './http.ts'
import type { CallFact } from './ports.ts'
import { protocolFor, type Values } from './protocols/index.ts'
import { loadSchema, type StructShape } from './schema.ts'
import type { ServiceId } from './service.ts'
import type { GatewayState } from './state.ts'

export function internalFailure(): AwsError {
  return new AwsError('InternalFailure', 'An internal error occurred.', {
    status: 500,
    fault: 'server',
  })
}

/** Services that model what went wrong with them; the others say InternalFailure. */
const ownFailures: Partial<Record<ServiceId, [code: string, message?: string]>> = {
  kms: ['KMSInternalException'],
  s3: ['InternalError', 'We encountered an internal error. Please try again.'],
  sns: ['InternalErrorException'],
}

/** A refusal as it is; anything else is a bug: told to `failed`, hidden from clients. */
export function refusalOf(error: unknown, x: Exchange, gateway: GatewayState): AwsError {
  if (error instanceof AwsError) return error
  const refusal = internalFailure()
  gateway.ports.failed?.(error, factOf(x, 0, refusal, gateway))
  const [code, message = refusal.message] = ownFailures[x.schema?.table.id as ServiceId] ?? []
  return code === undefined
    ? refusal
    : new AwsError(code, message, { status: 500, fault: 'server' })
}

export function encodeRefusal(error: AwsError, x: Exchange): OutgoingHttp {
  const { request, place, requestId } = x
  // Not even the service is known: JSON is what every AWS front end answers then.
  const protocol = x.protocol ?? protocolFor(loadSchema('sts'), 'json-1.1')
  return protocol.encodeError({ error, method: request.method, path: place.path }, requestId)
}

export function record(
  x: Exchange,
  gateway: GatewayState,
  startedAt: number,
  refusal: AwsError | undefined,
): void {
  if (!gateway.ports.record) return
  gateway.ports.record(factOf(x, performance.now() - startedAt, refusal, gateway))
}

function factOf(
  x: Exchange,
  durationMs: number,
  refusal: AwsError | undefined,
  { config }: GatewayState,
): CallFact {
  return {
    requestId: x.requestId,
    at: x.now,
    durationMs,
    service: (x.schema?.table.id as ServiceId | undefined) ?? 'unknown',
    operation: x.operationName ?? 'unknown',
    account: x.account ?? config.defaultAccount,
    region: x.region ?? config.defaultRegion,
    principal: x.principal,
    sourceIp: x.http.sourceIp,
    userAgent: x.http.headers['user-agent'] ?? '',
    status: x.response?.status ?? refusal?.status ?? (refusal ? 400 : 200),
    errorCode: refusal?.code,
    errorMessage: refusal?.message,
    notImplemented: refusal?.code === 'NotImplemented' ? true : undefined,
    input: recordable(x),
    inProcess: x.http.host === 'in-process',
  }
}

function recordable({ input, operation }: Exchange): Values | undefined {
  const body = operation?.input ? streamedMember(operation.input) : undefined
  if (!input || body === undefined || input[body] === undefined) return input
  const { [body]: _stream, ...rest } = input
  return rest
}

const streamed = new WeakMap<StructShape, { name: string | undefined }>()

/** The member that carries the bytes themselves, if any. */
function streamedMember(shape: StructShape): string | undefined {
  let known = streamed.get(shape)
  if (!known) {
    const found = shape.members.find((m) => m.shape.kind === 'blob' && m.shape.streaming)
    known = { name: found?.name }
    streamed.set(shape, known)
  }
  return known.name
}
