import { cloudOperateEndpoints as api, consoleOperations } from '@madang/api'
import { type Actor, refuse, type Route, route } from '../../kernel/index.ts'
import type { Aws } from '../gateway/index.ts'
import { answered } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

type Operation = (input: object) => Promise<object>
type Kind = 'reads' | 'changes'

/** The pages' calls of AWS operations by name: looking as the console, changing as the person who asks. */
export function operateRoutes({ aws, awsOf }: ConsoleParts): Route[] {
  return [
    route(api.cloudRead, async ({ params, query }) => {
      const call = operationOf(aws(query.region), 'reads', params)
      return plain(await answered(call(inputOf(params.service, query.input))))
    }),
    route(api.cloudOperate, async ({ actor, params, body }) => {
      checkKnown('changes', params)
      const person = await awsOf(holderOf(actor, params.project), body.region)
      const call = operationOf(person, 'changes', params)
      return plain(await answered(call(withBytes(params.service, body.input) as object)))
    }),
  ]
}

interface Called {
  service: string
  operation: string
}

function checkKnown(kind: Kind, { service, operation }: Called): void {
  const known: Record<string, Record<Kind, readonly string[]>> = consoleOperations
  if (!Object.hasOwn(known, service) || !known[service]![kind].includes(operation)) {
    throw refuse('notFound', { path: `${service}:${operation}` })
  }
}

function operationOf(aws: Aws, kind: Kind, called: Called): Operation {
  checkKnown(kind, called)
  const calls = aws as unknown as Record<string, Record<string, Operation>>
  return (input) => calls[called.service]![called.operation]!(input)
}

/** A run has keys of its own already, in its environment. */
function holderOf(actor: Actor, project: string) {
  if (actor.kind !== 'person') throw refuse('forbidden', { role: 'person' })
  return { id: actor.id.slice('person:'.length), name: actor.name, project }
}

function inputOf(service: string, text: string): object {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw refuse('badRequest', { reason: 'input is not JSON' })
  }
  if (typeof given !== 'object' || given === null) {
    throw refuse('badRequest', { reason: 'input is no object' })
  }
  return withBytes(service, given) as object
}

/** JSON knows no moments: a replay's begin and end come as ISO strings, which the service takes as dates. */
const isMoment = (service: string, key: string): boolean =>
  service === 'events' && (key === 'EventStartTime' || key === 'EventEndTime')

/** Bytes come as base64: DynamoDB's `{"B": …}` and Kinesis' `Data`, as the AWS CLI takes them. */
function withBytes(service: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => withBytes(service, entry))
  if (typeof value !== 'object' || value === null) return value
  const name = service === 'dynamodb' ? 'B' : service === 'kinesis' ? 'Data' : undefined
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [
      key,
      key === name && typeof of === 'string'
        ? new Uint8Array(Buffer.from(of, 'base64'))
        : isMoment(service, key)
          ? new Date(String(of))
          : withBytes(service, of),
    ]),
  )
}

/** What JSON can say: bytes as base64, moments as ISO strings (by themselves). */
function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, bytesAsText)) as Record<string, unknown>
}

function bytesAsText(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has turned itself into an object by now, so the holder is asked.
  const given = (this as Record<string, unknown>)[key]
  return given instanceof Uint8Array ? Buffer.from(given).toString('base64') : value
}
