import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { functionArn, functionRef, invalidValue, LATEST } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { resolve } from './resolve.ts'
import { settingFind, settingPut } from './settings.ts'
import { functionOf } from './store.ts'

/** What is kept of a function beside its configuration. */
export const settingOperations = (parts: LambdaParts) =>
  ({
    async GetFunctionRecursionConfig(input, ctx) {
      const place = await recursionOf(parts, input.FunctionName, ctx)
      const setting = await settingFind(parts.kernel.database, place)
      return { RecursiveLoop: (setting?.value ?? 'Terminate') as 'Terminate' }
    },

    async PutFunctionRecursionConfig(input, ctx) {
      const place = await recursionOf(parts, input.FunctionName, ctx)
      const value = input.RecursiveLoop!
      await settingPut(parts.kernel.database, { ...place, value, modified_at: ctx.now })
      return { RecursiveLoop: value }
    },

    async GetRuntimeManagementConfig(input, ctx) {
      const { fn, version } = await resolve(parts, ctx, input)
      const place = { function_id: fn.id, qualifier: version.version, name: 'runtime-updates' }
      const setting = await settingFind(parts.kernel.database, place)
      const [mode, arn] = setting?.value.split(' ') ?? ['Auto']
      const suffix = version.version === LATEST ? LATEST : version.version
      return {
        UpdateRuntimeOn: mode as 'Auto',
        FunctionArn: functionArn(ctx, fn.name, suffix),
        ...(arn && { RuntimeVersionArn: arn }),
      }
    },

    async PutRuntimeManagementConfig(input, ctx) {
      const { fn, version } = await resolve(parts, ctx, input)
      const { UpdateRuntimeOn: mode, RuntimeVersionArn: arn } = input
      if ((mode === 'Manual') !== (arn !== undefined)) {
        throw invalidValue(
          mode === 'Manual'
            ? 'You must specify a runtime version ARN for UpdateRuntimeOn parameter value Manual.'
            : 'RuntimeVersionArn can only be specified for UpdateRuntimeOn parameter value Manual.',
        )
      }
      const value = arn === undefined ? mode! : `${mode} ${arn}`
      const place = { function_id: fn.id, qualifier: version.version, name: 'runtime-updates' }
      await settingPut(parts.kernel.database, { ...place, value, modified_at: ctx.now })
      return {
        UpdateRuntimeOn: mode!,
        FunctionArn: functionArn(ctx, fn.name, version.version),
        ...(arn && { RuntimeVersionArn: arn }),
      }
    },
  }) satisfies Operations<Lambda>

async function recursionOf({ kernel }: LambdaParts, name: string | undefined, ctx: RequestContext) {
  const fn = await functionOf(kernel.database, ctx, functionRef(name).name)
  return { function_id: fn.id, qualifier: '', name: 'recursion' }
}
