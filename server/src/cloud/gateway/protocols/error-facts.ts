import type { AwsError } from '../error.ts'
import type { ServiceSchema, StructShape } from '../schema.ts'
import type { Values } from './protocol.ts'

/** An AwsError with what the schema knows of it. */
export interface ErrorFacts {
  /** The shape's name: what JSON, CBOR and REST say. */
  name: string
  /** What the query protocols say. */
  queryCode: string
  status: number
  queryStatus: number
  fault: 'client' | 'server'
  message: string
  shape: StructShape | undefined
  members: Values
}

export function errorFacts(schema: ServiceSchema, error: AwsError): ErrorFacts {
  const shape = schema.error(error.code)
  const known = shape?.error
  const status = error.status ?? known?.status ?? (error.fault === 'server' ? 500 : 400)
  return {
    name: shape?.name ?? error.typeName ?? error.code,
    queryCode: known?.queryCode ?? error.code,
    status,
    queryStatus: error.status ?? known?.queryStatus ?? status,
    fault: error.fault ?? known?.fault ?? (status >= 500 ? 'server' : 'client'),
    message: error.message,
    shape,
    members: error.members,
  }
}

// Errors of the framework rather than of a service: DynamoDB and its kind name them so.
const frameworkErrors = new Set([
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'AccessDeniedException',
  'ValidationException',
  'InternalFailure',
])

/** `__type` as the service writes it: with its namespace where real answers have one. */
export function typeName(schema: ServiceSchema, facts: ErrorFacts): string {
  const own = schema.table.errorNamespace
  if (!own) return facts.name
  const framework = !facts.shape && frameworkErrors.has(facts.name)
  // The layer that checks constraints has a place of its own.
  const layer = facts.name === 'ValidationException' ? 'validate' : 'service'
  return `${framework ? `com.amazon.coral.${layer}` : own}#${facts.name}`
}

/**
 * The body's members: those of the shape, and the message under the shape's own spelling of it.
 * Coral's own errors spell it `Message` only where the request couldn't be understood.
 */
export function errorMembers(facts: ErrorFacts): Values {
  const members: Values = { ...facts.members }
  const named = facts.shape?.members.find((m) => m.name.toLowerCase() === 'message')
  const spelling = named?.name ?? (facts.name === 'SerializationException' ? 'Message' : 'message')
  if (facts.message !== '') members[spelling] = facts.message
  const type = facts.shape?.members.find((m) => m.name === 'Type')
  // Lambda's errors say whose fault it was; but for those that leave it out by name.
  if (type && !('Type' in members)) {
    members['Type'] = facts.fault === 'client' ? 'User' : 'Service'
  }
  return members
}
