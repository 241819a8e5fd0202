import { accessTable, AwsError, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import type { Kernel } from '../../../kernel/index.ts'
import { checkInput } from './input-rules.ts'
import { layerRef, layerVersionArn } from './layer-names.ts'
import { layerPolicy, rowOf } from './layers.ts'
import { functionArn, functionRef, notFound } from './model.ts'
import { policyOf } from './permissions.ts'
import { functionFind } from './store.ts'

export const lambdaAccess = accessTable({
  prefix: 'lambda',
  actions: {
    Invoke: 'InvokeFunction',
    InvokeWithResponseStream: 'InvokeFunction',
    GetLayerVersionByArn: 'GetLayerVersion',
  },
  besides: {
    CreateFunction: { 'iam:PassRole': 'Role', GetLayerVersion: 'Layers' },
    UpdateFunctionConfiguration: { 'iam:PassRole': 'Role', GetLayerVersion: 'Layers' },
  },
})

/** Which rights an operation needs (service authorization reference of Lambda). */
export async function rightsOf(
  kernel: Kernel,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  // The real front end looks at the form of a request before it asks who may make it.
  checkInput(operation, input)
  const action = lambdaAccess.actionOf(operation)
  if (operation.includes('EventSourceMapping')) return [mappingRequest(action, input, ctx)]
  const named = otherResource(operation, input, ctx)
  if (named !== undefined) return [{ action, resource: named }]
  const given = input['FunctionName'] ?? input['Resource'] ?? input['ResourceArn']
  if (typeof given !== 'string') return [{ action, resource: '*' }]
  const { Qualifier } = input
  const ref = functionRef(given, typeof Qualifier === 'string' ? Qualifier : undefined)
  const resource = functionArn(
    { ...ctx, account: ref.account ?? ctx.account },
    ref.name,
    ref.qualifier,
  )
  const isCall = calls.has(operation)
  checkReach(given, action, resource, !isCall, ctx)
  if (isCall) {
    const resourceAccount = ref.account ?? ctx.account
    const owner = { region: ctx.region, account: resourceAccount }
    const fn = await functionFind(kernel.database, owner, ref.name)
    const resourcePolicy = fn && (await policyOf(kernel.database, fn, ref.qualifier))
    const policy = resourcePolicy && { resourcePolicy }
    return [{ action, resource, resourceAccount, ...policy }]
  }
  const layers = await layersUsed(kernel, input, ctx)
  return [{ action, resource }, ...layers]
}

/** A function's policy may let other accounts call it. */
const calls = new Set(['Invoke', 'InvokeWithResponseStream', 'InvokeAsync'])

/** A mapping has an ARN of its own once it is made; its function is a condition. */
function mappingRequest(
  action: string,
  { UUID, FunctionName }: Record<string, unknown>,
  ctx: RequestContext,
): IamRequest {
  const { region, account } = ctx
  const resource =
    typeof UUID === 'string'
      ? `arn:aws:lambda:${region}:${account}:event-source-mapping:${UUID}`
      : '*'
  const isListed = action === 'lambda:ListEventSourceMappings'
  if (typeof FunctionName !== 'string' || isListed) return { action, resource }
  const ref = functionRef(FunctionName)
  const fn = functionArn({ ...ctx, account: ref.account ?? account }, ref.name, ref.qualifier)
  return { action, resource, context: { 'lambda:FunctionArn': fn } }
}

/** Layers, code signing configurations and mappings, where a request names one of them. */
function otherResource(
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): string | undefined {
  const { LayerName, VersionNumber, Arn, CodeSigningConfigArn, Resource, FunctionName } = input
  if (typeof LayerName === 'string') {
    if (operation === 'ListLayerVersions') return '*'
    const ref = layerRef(LayerName, ctx)
    return layerVersionArn(ref, VersionNumber as number | undefined)
  }
  if (typeof Arn === 'string') return Arn
  if (typeof CodeSigningConfigArn === 'string' && FunctionName === undefined) {
    return CodeSigningConfigArn
  }
  if (typeof Resource === 'string' && !/:function:/.test(Resource)) return Resource
  return undefined
}

/** A layer's own policy lets other accounts in. */
async function layersUsed(
  { database }: Kernel,
  { Layers }: Record<string, unknown>,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const action = 'lambda:GetLayerVersion'
  const asked = ((Layers as string[] | undefined) ?? []).map(async (resource) => {
    const ref = layerRef(resource, ctx)
    const row = await rowOf(database, ref, ref.version ?? 0)
    const resourcePolicy = row && layerPolicy(row)
    return { action, resource, ...(resourcePolicy && { resourcePolicy }) }
  })
  return Promise.all(asked)
}

/** An ARN leads to no other Region, and to another account's functions only to call them. */
function checkReach(
  given: string,
  action: string,
  resource: string,
  isBound: boolean,
  ctx: RequestContext,
): void {
  const [, , , region, account] = given.startsWith('arn:') ? given.split(':') : []
  if (region && region !== ctx.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${ctx.region}')`)
  }
  if (!isBound || !account || account === ctx.account) return
  throw new AwsError(
    'AccessDeniedException',
    `User: ${ctx.principal.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no resource-based policy allows the ${action} action`,
    { status: 403 },
  )
}
