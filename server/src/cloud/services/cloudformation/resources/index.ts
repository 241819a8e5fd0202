import type { TypeCatalogue } from '../template/index.ts'
import { alarmProviders } from './cloudwatch.ts'
import { cloudFormationProviders } from './cloudformation.ts'
import { customProvider } from './custom.ts'
import { dynamodbProviders } from './dynamodb.ts'
import { globalTableProviders } from './dynamodb-global.ts'
import { snsProviders } from './sns.ts'
import { sqsProviders } from './sqs.ts'
import { ssmProviders } from './ssm.ts'
import { ecrProviders } from './ecr.ts'
import { eventsProviders } from './events.ts'
import { eventsConnectionProviders } from './events-connections.ts'
import { iamProviders } from './iam.ts'
import { kinesisProviders } from './kinesis.ts'
import { kmsProviders } from './kms.ts'
import { lambdaProviders } from './lambda.ts'
import { lambdaConfigProviders } from './lambda-configs.ts'
import { lambdaAccessProviders } from './lambda-access.ts'
import { lambdaLayerProviders } from './lambda-layers.ts'
import { lambdaMappingProviders } from './lambda-mappings.ts'
import { logsProviders } from './logs.ts'
import type { Provider, Providers } from './provider.ts'
import { s3AccessPointProviders } from './s3-access-points.ts'
import { s3Providers } from './s3.ts'

export { ResourceFailure } from './resource-failure.ts'
export type { Outcome, Provider, ResourceContext } from './provider.ts'
export { identifierOf, physicalIdOf } from './identifiers.ts'
export { isReadable, readResource } from './drift.ts'
export { readTags } from './tags.ts'
export { signalToken } from './wait-conditions.ts'

const known: Providers = {
  ...s3Providers,
  ...s3AccessPointProviders,
  ...lambdaProviders,
  ...lambdaAccessProviders,
  ...lambdaMappingProviders,
  ...lambdaLayerProviders,
  ...lambdaConfigProviders,
  ...iamProviders,
  ...logsProviders,
  ...sqsProviders,
  ...ssmProviders,
  ...ecrProviders,
  ...snsProviders,
  ...dynamodbProviders,
  ...globalTableProviders,
  ...kmsProviders,
  ...kinesisProviders,
  ...eventsProviders,
  ...eventsConnectionProviders,
  ...alarmProviders,
  ...cloudFormationProviders,
}

const CUSTOM = 'AWS::CloudFormation::CustomResource'

function find(type: string): Provider | undefined {
  if (Object.hasOwn(known, type)) return known[type]
  const isCustom = type === CUSTOM || /^Custom::[A-Za-z0-9_@-]{1,60}$/.test(type)
  return isCustom ? customProvider : undefined
}

export function providerOf(type: string): Provider {
  const provider = find(type)
  if (!provider) throw new Error(`no provider for ${type}: validated templates hold known types`)
  return provider
}

/** The types there are, as the validation asks for them. */
export const providers: TypeCatalogue = {
  has: (type) => find(type) !== undefined,
  attributes: (type) => find(type)?.attributes,
}

export const resourceTypes = Object.keys(known).sort()
