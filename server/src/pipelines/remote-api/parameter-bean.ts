import type { ParameterDefinition } from '@madang/api'
import { parseColumn } from '../../kernel/index.ts'
import { inline, type Value } from './bean.ts'
import type { JobItem } from './model.ts'

/** The property that holds the parameters of a job; none without any. */
export function parameterProperty({ job }: JobItem): Value {
  const definitions = parseColumn<ParameterDefinition[]>(job.parameters)
  if (definitions.length === 0) return []
  const members = { parameterDefinitions: definitions.map(parameterBean) }
  return [inline(members, 'hudson.model.ParametersDefinitionProperty')]
}

const parameterTypes: Record<ParameterDefinition['kind'], string> = {
  string: 'String',
  text: 'Text',
  boolean: 'Boolean',
  choice: 'Choice',
  password: 'Password',
}

export const parameterType = (kind: ParameterDefinition['kind']): string => parameterTypes[kind]

function parameterBean({ kind, name, description, default: value, choices }: ParameterDefinition) {
  const type = parameterType(kind)
  const shown = inline({ name, value }, `hudson.model.${type}ParameterValue`)
  return inline(
    {
      // A password's default is nobody's to read.
      defaultParameterValue: kind === 'password' ? null : shown,
      description,
      name,
      type: `${type}ParameterDefinition`,
      ...(choices && { choices }),
    },
    `hudson.model.${type}ParameterDefinition`,
  )
}
