import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { number, shaped, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

type ConnectionInput = Parameters<Aws['events']['createConnection']>[0]
type DestinationInput = Parameters<Aws['events']['createApiDestination']>[0]

const GONE = ['ResourceNotFoundException']
const TAKEN = ['ResourceAlreadyExistsException']

const connectionInput = (properties: Structure) => ({
  Description: text(properties['Description']),
  AuthorizationType: text(properties['AuthorizationType']) as ConnectionInput['AuthorizationType'],
  AuthParameters: shaped<ConnectionInput['AuthParameters'] & object>(properties['AuthParameters'], {
    flags: ['IsValueSecret'],
  }),
})

const destinationInput = (properties: Structure) => ({
  Description: text(properties['Description']),
  ConnectionArn: text(properties['ConnectionArn']),
  HttpMethod: text(properties['HttpMethod']) as DestinationInput['HttpMethod'],
  InvocationEndpoint: text(properties['InvocationEndpoint']),
  InvocationRateLimitPerSecond: number(properties['InvocationRateLimitPerSecond']),
})

/** A policy names these without the id at the ARN's end. */
const forPolicy = (arn: string) => arn.slice(0, arn.lastIndexOf('/'))

async function connectionOutcome({ aws }: ResourceContext, Name: string) {
  const { ConnectionArn: Arn = '', SecretArn = '' } = await aws.events.describeConnection({ Name })
  return { physicalId: Name, attributes: { Arn, ArnForPolicy: forPolicy(Arn), SecretArn } }
}

async function destinationOutcome({ aws }: ResourceContext, Name: string) {
  const { ApiDestinationArn: Arn = '' } = await aws.events.describeApiDestination({ Name })
  return { physicalId: Name, attributes: { Arn, ArnForPolicy: forPolicy(Arn) } }
}

export const eventsConnectionProviders: Providers = {
  'AWS::Events::Connection': {
    properties: {
      ...changes('replace', 'Name'),
      ...changes('update', 'AuthorizationType AuthParameters Description'),
    },
    attributes: ['Arn', 'ArnForPolicy', 'SecretArn'],
    async create(context, properties) {
      const Name = context.physicalId ?? text(properties['Name']) ?? context.physicalName(64)
      await makeOnce(context, Name, TAKEN, () =>
        context.aws.events.createConnection({ Name, ...connectionInput(properties) }),
      )
      return connectionOutcome(context, Name)
    },
    async update(context, Name, next) {
      await context.aws.events.updateConnection({ Name, ...connectionInput(next) })
      return connectionOutcome(context, Name)
    },
    async delete({ aws }, Name) {
      await unlessGone(GONE, () => aws.events.deleteConnection({ Name }))
    },
  },
  'AWS::Events::ApiDestination': {
    properties: {
      ...changes('replace', 'Name'),
      ...changes(
        'update',
        'ConnectionArn Description HttpMethod InvocationEndpoint InvocationRateLimitPerSecond',
      ),
    },
    required: ['ConnectionArn', 'HttpMethod', 'InvocationEndpoint'],
    attributes: ['Arn', 'ArnForPolicy'],
    async create(context, properties) {
      const Name = context.physicalId ?? text(properties['Name']) ?? context.physicalName(64)
      await makeOnce(context, Name, TAKEN, () =>
        context.aws.events.createApiDestination({ Name, ...destinationInput(properties) }),
      )
      return destinationOutcome(context, Name)
    },
    async update(context, Name, next) {
      await context.aws.events.updateApiDestination({ Name, ...destinationInput(next) })
      return destinationOutcome(context, Name)
    },
    async delete({ aws }, Name) {
      await unlessGone(GONE, () => aws.events.deleteApiDestination({ Name }))
    },
  },
}
