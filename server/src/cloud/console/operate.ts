import { cloudOperateEndpoints as api, consoleOperations } from '@madang/api'
import { type Actor, refuse, type Route, route } from '../../kernel/index.ts'
import { type Aws, loadSchema, readJsonShape } from '../gateway/index.ts'
import { answered } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

type Operation = (input: object) => Promise<object>
type Kind = 'reads' | 'changes'

/** The pages' calls of AWS operations by name: looking as the console, changing as the person who asks. */
export function operateRoutes({ aws, awsOf }: ConsoleParts): Route[] {
  return [
    route(api.cloudRead, async ({ params, query }) => {
      const call = operationOf(aws(query.region), 'reads', params)
      return plain(await answered(given(params, objectIn(query.input)).then(call)))
    }),
    route(api.cloudOperate, async ({ actor, params, body }) => {
      checkKnown('changes', params)
      const person = await awsOf(holderOf(actor, params.project), body.region)
      const call = operationOf(person, 'changes', params)
      return plain(await answered(given(params, body.input).then(call)))
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
export function holderOf(actor: Actor, project: string) {
  if (actor.kind !== 'person') throw refuse('forbidden', { role: 'person' })
  return { id: actor.id.slice('person:'.length), name: actor.name, project }
}

function objectIn(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('badRequest', { reason: 'input is not JSON' })
  }
  if (typeof value !== 'object' || value === null) {
    throw refuse('badRequest', { reason: 'input is no object' })
  }
  return value
}

/**
 * What the operation's shape makes of JSON: bytes of base64, moments of ISO strings, as the AWS CLI
 * takes them. Rejects with the service's own refusal.
 */
async function given({ service, operation }: Called, value: object): Promise<object> {
  const name = operation.charAt(0).toUpperCase() + operation.slice(1)
  const { input } = loadSchema(service).operation(name) ?? {}
  return input ? (readJsonShape(input)(value, 0) as object) : {}
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
