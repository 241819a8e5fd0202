import {
  type CloudFunction,
  type CloudFunctionDetail,
  cloudConsoleEndpoints as api,
} from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import type { Aws, Lambda, Output } from '../gateway/index.ts'
import { answered, unless } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

type Configuration = NonNullable<Output<Lambda, 'GetFunction'>['Configuration']>

export function lambdaRoutes({ aws }: ConsoleParts): Route[] {
  return [
    route(api.cloudFunctionList, async ({ query }) => {
      const input = { MaxItems: Math.min(query.limit, 50), Marker: query.cursor }
      const page = await answered(aws(query.region).lambda.listFunctions(input))
      return { items: (page.Functions ?? []).map(present), nextCursor: page.NextMarker }
    }),
    route(api.cloudFunctionGet, ({ params, query }) =>
      answered(functionDetail(aws(query.region), params.name)),
    ),
  ]
}

function present(given: Configuration): CloudFunction {
  return {
    name: given.FunctionName!,
    arn: given.FunctionArn!,
    description: given.Description ?? '',
    runtime: given.Runtime,
    handler: given.Handler,
    memoryMb: given.MemorySize ?? 128,
    timeoutS: given.Timeout ?? 3,
    codeSizeBytes: given.CodeSize ?? 0,
    state: given.State ?? 'Active',
    stateReason: given.StateReason,
    modifiedAt: new Date(given.LastModified!).toISOString(),
  }
}

async function functionDetail({ lambda }: Aws, name: string): Promise<CloudFunctionDetail> {
  const { Configuration: given, Tags = {} } = await lambda.getFunction({ FunctionName: name })
  const url = await unless(
    'ResourceNotFoundException',
    lambda.getFunctionUrlConfig({ FunctionName: name }),
  )
  return {
    ...present(given!),
    role: given!.Role ?? '',
    version: given!.Version ?? '$LATEST',
    architectures: given!.Architectures ?? [],
    environment: Object.keys(given!.Environment?.Variables ?? {}).sort(),
    url: url?.FunctionUrl,
    urlAuth: url?.AuthType,
    logGroup: given!.LoggingConfig?.LogGroup ?? `/aws/lambda/${given!.FunctionName}`,
    tags: Tags,
  }
}
