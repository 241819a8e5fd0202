import type { Aws } from '../../../gateway/index.ts'
import type { Value } from '../model.ts'
import { number, structure, text } from './property.ts'

type Lambda = Aws['lambda']

/** Puts one property of a function that is there; undefined takes it back. */
export type FunctionSetting = (
  lambda: Lambda,
  FunctionName: string,
  next: Value | undefined,
) => Promise<unknown>

/** What a function has beside its configuration. */
export const functionSettings: Record<string, FunctionSetting> = {
  ReservedConcurrentExecutions(lambda, FunctionName, next) {
    const ReservedConcurrentExecutions = number(next)
    return ReservedConcurrentExecutions === undefined
      ? lambda.deleteFunctionConcurrency({ FunctionName })
      : lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions })
  },

  CodeSigningConfigArn(lambda, FunctionName, next) {
    const CodeSigningConfigArn = text(next)
    return CodeSigningConfigArn === undefined
      ? lambda.deleteFunctionCodeSigningConfig({ FunctionName })
      : lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn })
  },

  RecursiveLoop(lambda, FunctionName, next) {
    const RecursiveLoop = (text(next) ?? 'Terminate') as 'Allow'
    return lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop })
  },

  RuntimeManagementConfig(lambda, FunctionName, next) {
    const { UpdateRuntimeOn: on, RuntimeVersionArn: version } = structure(next)
    return lambda.putRuntimeManagementConfig({
      FunctionName,
      UpdateRuntimeOn: (text(on) ?? 'Auto') as 'Auto',
      RuntimeVersionArn: text(version),
    })
  },
}
