import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { flag, number, structure, text, texts } from './property.ts'
import { changes, hasCode, type Outcome, type Providers, unlessGone } from './provider.ts'

type UrlInput = Parameters<Aws['lambda']['createFunctionUrlConfig']>[0]
type PermissionInput = Parameters<Aws['lambda']['addPermission']>[0]

const GONE = ['ResourceNotFoundException']

function urlInput(properties: Structure) {
  const cors = structure(properties['Cors'])
  const names = ['AllowHeaders', 'AllowMethods', 'AllowOrigins', 'ExposeHeaders'] as const
  return {
    FunctionName: text(properties['TargetFunctionArn']),
    Qualifier: text(properties['Qualifier']),
    AuthType: text(properties['AuthType']) as UrlInput['AuthType'],
    InvokeMode: text(properties['InvokeMode']) as UrlInput['InvokeMode'],
    Cors:
      properties['Cors'] === undefined
        ? undefined
        : {
            ...Object.fromEntries(
              names
                .filter((name) => cors[name] !== undefined)
                .map((name) => [name, texts(cors[name])]),
            ),
            AllowCredentials: flag(cors['AllowCredentials']),
            MaxAge: number(cors['MaxAge']),
          },
  }
}

function urlOutcome(made: { FunctionArn?: string; FunctionUrl?: string }): Outcome {
  const arn = made.FunctionArn ?? ''
  return { physicalId: arn, attributes: { FunctionArn: arn, FunctionUrl: made.FunctionUrl ?? '' } }
}

export const lambdaAccessProviders: Providers = {
  'AWS::Lambda::Url': {
    properties: {
      ...changes('replace', 'TargetFunctionArn Qualifier'),
      ...changes('update', 'AuthType Cors InvokeMode'),
    },
    required: ['TargetFunctionArn', 'AuthType'],
    attributes: ['FunctionArn', 'FunctionUrl'],
    async create(context, properties) {
      const input = urlInput(properties)
      try {
        return urlOutcome(await context.aws.lambda.createFunctionUrlConfig(input))
      } catch (error) {
        if (!context.resumed || !hasCode(error, ['ResourceConflictException'])) throw error
        return urlOutcome(await context.aws.lambda.updateFunctionUrlConfig(input))
      }
    },
    async update(context, _arn, next) {
      return urlOutcome(await context.aws.lambda.updateFunctionUrlConfig(urlInput(next)))
    },
    async delete(context, _arn, properties) {
      const { FunctionName, Qualifier } = urlInput(properties)
      await unlessGone(GONE, () =>
        context.aws.lambda.deleteFunctionUrlConfig({ FunctionName, Qualifier }),
      )
    },
  },
  'AWS::Lambda::Permission': {
    properties: changes(
      'replace',
      'Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal ' +
        'PrincipalOrgID SourceAccount SourceArn',
    ),
    required: ['Action', 'FunctionName', 'Principal'],
    attributes: ['Id'],
    async create(context, properties) {
      const StatementId = context.physicalName(100)
      const input: PermissionInput = {
        StatementId,
        FunctionName: text(properties['FunctionName']),
        Action: text(properties['Action']),
        Principal: text(properties['Principal']),
        SourceArn: text(properties['SourceArn']),
        SourceAccount: text(properties['SourceAccount']),
        EventSourceToken: text(properties['EventSourceToken']),
        PrincipalOrgID: text(properties['PrincipalOrgID']),
        FunctionUrlAuthType: text(properties['FunctionUrlAuthType']) as 'NONE',
        InvokedViaFunctionUrl: flag(properties['InvokedViaFunctionUrl']),
      }
      try {
        await context.aws.lambda.addPermission(input)
      } catch (error) {
        if (!context.resumed || !hasCode(error, ['ResourceConflictException'])) throw error
      }
      return { physicalId: StatementId, attributes: { Id: StatementId } }
    },
    async delete(context, StatementId, properties) {
      const FunctionName = text(properties['FunctionName'])
      await unlessGone(GONE, () =>
        context.aws.lambda.removePermission({ FunctionName, StatementId }),
      )
    },
  },
}
