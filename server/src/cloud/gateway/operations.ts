import type { Input, OperationName, Output } from './sdk-types.ts'
import type { RequestContext } from './service.ts'

/**
 * For `const objects = { GetObject(input, ctx) {…} } satisfies Operations<S3>`:
 * a misspelt operation, a wrong member or a missing one doesn't compile. An operation with nothing
 * to say returns `{}`.
 */
export type Operations<Module> = {
  [Name in OperationName<Module>]?: (
    input: Input<Module, Name>,
    ctx: RequestContext,
  ) => Promise<Output<Module, Name>> | Output<Module, Name>
}
