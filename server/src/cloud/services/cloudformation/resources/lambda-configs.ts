import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { number, shaped, structure, text, texts } from './property.ts'
import { changes, type Providers, type ResourceContext, unlessGone } from './provider.ts'

type InvokeInput = Parameters<Aws['lambda']['putFunctionEventInvokeConfig']>[0]
type SigningInput = Parameters<Aws['lambda']['createCodeSigningConfig']>[0]

const GONE = ['ResourceNotFoundException']

function invokeInput(properties: Structure): InvokeInput {
  return {
    FunctionName: text(properties['FunctionName']),
    Qualifier: text(properties['Qualifier']),
    MaximumEventAgeInSeconds: number(properties['MaximumEventAgeInSeconds']),
    MaximumRetryAttempts: number(properties['MaximumRetryAttempts']),
    DestinationConfig: shaped<InvokeInput['DestinationConfig'] & object>(
      properties['DestinationConfig'],
    ),
  }
}

async function putInvoke({ aws }: ResourceContext, properties: Structure) {
  const input = invokeInput(properties)
  await aws.lambda.putFunctionEventInvokeConfig(input)
  return { physicalId: `${input.FunctionName}|${input.Qualifier}`, attributes: {} }
}

function signingInput(properties: Structure): SigningInput {
  const { SigningProfileVersionArns: arns } = structure(properties['AllowedPublishers'])
  const untrusted = text(
    structure(properties['CodeSigningPolicies'])['UntrustedArtifactOnDeployment'],
  )
  return {
    Description: text(properties['Description']),
    AllowedPublishers: { SigningProfileVersionArns: texts(arns) },
    ...(untrusted !== undefined && {
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: untrusted as 'Warn' },
    }),
  }
}

const signingOutcome = (arn: string) => ({
  physicalId: arn,
  attributes: {
    CodeSigningConfigArn: arn,
    CodeSigningConfigId: arn.slice(arn.lastIndexOf(':') + 1),
  },
})

export const lambdaConfigProviders: Providers = {
  'AWS::Lambda::EventInvokeConfig': {
    properties: {
      ...changes('replace', 'FunctionName Qualifier'),
      ...changes('update', 'DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts'),
    },
    required: ['FunctionName', 'Qualifier'],
    attributes: [],
    create: putInvoke,
    update: (context, _id, next) => putInvoke(context, next),
    async delete({ aws }, _id, properties) {
      const { FunctionName, Qualifier } = invokeInput(properties)
      await unlessGone(GONE, () =>
        aws.lambda.deleteFunctionEventInvokeConfig({ FunctionName, Qualifier }),
      )
    },
  },
  'AWS::Lambda::CodeSigningConfig': {
    properties: changes('update', 'AllowedPublishers CodeSigningPolicies Description Tags'),
    required: ['AllowedPublishers'],
    attributes: ['CodeSigningConfigArn', 'CodeSigningConfigId'],
    async create(context, properties) {
      let arn = context.physicalId
      if (arn === undefined) {
        const Tags = Object.fromEntries(
          context.tags(properties['Tags']).map(({ Key, Value }) => [Key, Value]),
        )
        const input = { ...signingInput(properties), Tags }
        const made = await context.aws.lambda.createCodeSigningConfig(input)
        arn = made.CodeSigningConfig!.CodeSigningConfigArn!
        await context.made(arn)
      }
      return signingOutcome(arn)
    },
    async update({ aws }, arn, next) {
      await aws.lambda.updateCodeSigningConfig({ CodeSigningConfigArn: arn, ...signingInput(next) })
      return signingOutcome(arn)
    },
    async delete({ aws }, arn) {
      await unlessGone(GONE, () =>
        aws.lambda.deleteCodeSigningConfig({ CodeSigningConfigArn: arn }),
      )
    },
  },
}
