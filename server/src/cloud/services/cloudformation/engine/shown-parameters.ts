import type { StackInput } from '../model.ts'
import { parseTemplate, readParameters } from '../template/index.ts'

/** Parameters as they may be shown: those without echo as asterisks. */
export function shownParameters(
  stack: Pick<StackInput, 'templateText' | 'parameters'>,
): [string, string][] {
  const declared = readParameters(parseTemplate(stack.templateText))
  return Object.entries(stack.parameters).map(([key, value]) => [
    key,
    declared[key]?.noEcho ? '****' : value,
  ])
}
