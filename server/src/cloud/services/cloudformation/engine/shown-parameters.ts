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

type Input = Pick<StackInput, 'templateText' | 'parameters'>

/** The value as it may be shown: what parameters without echo brought into it as asterisks. */
export function masker(...inputs: (Input | undefined)[]): <V>(value: V) => V {
  const secrets = inputs.flatMap((input) => (input ? secretsOf(input) : []))
  if (secrets.length === 0) return (value) => value
  return (value) =>
    JSON.parse(JSON.stringify(value), (_name, item: unknown) =>
      typeof item === 'string'
        ? secrets.reduce((text, secret) => text.replaceAll(secret, '****'), item)
        : item,
    ) as typeof value
}

function secretsOf({ templateText, parameters }: Input): string[] {
  const declared = readParameters(parseTemplate(templateText))
  return Object.entries(parameters).flatMap(([key, value]) =>
    declared[key]?.noEcho && value !== '' ? [value] : [],
  )
}
