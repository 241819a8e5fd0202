import type { IamRequest, RequestContext } from '../../gateway/index.ts'
import type { Kernel } from '../../../kernel/index.ts'
import { functionArn, functionRef } from './model.ts'
import { policyOf } from './permissions.ts'
import { functionFind } from './store.ts'

/** Which rights an operation needs (service authorization reference of Lambda). */
export async function rightsOf(
  kernel: Kernel,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const given = input['FunctionName'] ?? input['Resource']
  if (typeof given !== 'string') return [{ action: `lambda:${operation}`, resource: '*' }]
  const { Qualifier } = input
  const ref = functionRef(given, typeof Qualifier === 'string' ? Qualifier : undefined)
  const resource = functionArn(ctx, ref.name, ref.qualifier)
  if (operation === 'Invoke') {
    const fn = await functionFind(kernel.database, ctx, ref.name)
    const resourcePolicy = fn && (await policyOf(kernel.database, fn, ref.qualifier))
    const action = 'lambda:InvokeFunction'
    return [{ action, resource, ...(resourcePolicy && { resourcePolicy }) }]
  }
  const passed = input['Role']
  const rights = [{ action: `lambda:${operation}`, resource }]
  if (typeof passed !== 'string') return rights
  const context = { 'iam:PassedToService': 'lambda.amazonaws.com' }
  return [...rights, { action: 'iam:PassRole', resource: passed, context }]
}
