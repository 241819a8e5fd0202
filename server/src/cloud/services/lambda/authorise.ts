import { AwsError, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import type { Kernel } from '../../../kernel/index.ts'
import { checkInput } from './input-rules.ts'
import { layerRef, layerVersionArn } from './layer-names.ts'
import { layerPolicy, rowOf } from './layers.ts'
import { functionArn, functionRef, notFound } from './model.ts'
import { policyOf } from './permissions.ts'
import { functionFind } from './store.ts'

/** Which rights an operation needs (service authorization reference of Lambda). */
export async function rightsOf(
  kernel: Kernel,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  // The real front end looks at the form of a request before it asks who may make it.
  checkInput(operation, input)
  const action = `lambda:${operation}`
  const named = otherResource(input, ctx)
  if (named !== undefined) return [{ action, resource: named }]
  const given = input['FunctionName'] ?? input['Resource']
  if (typeof given !== 'string') return [{ action, resource: '*' }]
  const { Qualifier } = input
  const ref = functionRef(given, typeof Qualifier === 'string' ? Qualifier : undefined)
  const resource = functionArn(
    { ...ctx, account: ref.account ?? ctx.account },
    ref.name,
    ref.qualifier,
  )
  const called = invocations[operation]
  checkReach(given, action, resource, called === undefined, ctx)
  if (called !== undefined) {
    const resourceAccount = ref.account ?? ctx.account
    const owner = { region: ctx.region, account: resourceAccount }
    const fn = await functionFind(kernel.database, owner, ref.name)
    const resourcePolicy = fn && (await policyOf(kernel.database, fn, ref.qualifier))
    const policy = resourcePolicy && { resourcePolicy }
    return [{ action: called, resource, resourceAccount, ...policy }]
  }
  const layers = await layersUsed(kernel, input, ctx)
  return [{ action, resource }, ...layers, ...rolePassed(input)]
}

/** Calls of functions, and the right each asks for; a function's policy may give it to other accounts. */
const invocations: Record<string, string> = {
  Invoke: 'lambda:InvokeFunction',
  InvokeWithResponseStream: 'lambda:InvokeFunction',
  InvokeAsync: 'lambda:InvokeAsync',
}

/** Layers, code signing configurations and mappings, where a request names one of them. */
function otherResource(input: Record<string, unknown>, ctx: RequestContext): string | undefined {
  const { LayerName, VersionNumber, Arn, CodeSigningConfigArn, Resource, FunctionName } = input
  if (typeof LayerName === 'string') {
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

function rolePassed({ Role }: Record<string, unknown>): IamRequest[] {
  if (typeof Role !== 'string') return []
  const context = { 'iam:PassedToService': 'lambda.amazonaws.com' }
  return [{ action: 'iam:PassRole', resource: Role, context }]
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
