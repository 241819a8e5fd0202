import {
  all,
  each,
  length,
  members,
  oneOf,
  pattern,
  range,
  refusalText,
  required,
  type Rule,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import { invalid } from './refusals.ts'

// Lengths, patterns and sets of the service model (API reference of each operation).

const name = required(length(1, 2048))
const tag = members({ Key: required(length(1, 128)), Value: required(length(0, 256)) })
const filterKey = all(length(1, 132), pattern('tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType'))

/** Told of the list, not of its element. */
const texts =
  (least: number, most: number): Rule =>
  (value, path) => {
    const list = (value ?? []) as string[]
    const isFine = list.every((text) => text.length >= least && text.length <= most)
    if (isFine) return []
    return [
      `Value '[${list.join(', ')}]' at '${path}' failed to satisfy constraint: Member must satisfy ` +
        `constraint: [Member must have length less than or equal to ${most}, Member must have length ` +
        `greater than or equal to ${least}]`,
    ]
  }

const filters = each(
  members({
    Key: required(filterKey),
    Option: length(1, 10),
    Values: all(length(0, 50), texts(1, 1024)),
  }),
)
const names = required(all(length(1, 10), texts(1, 2048)))
const labels = required(all(length(1, 10), texts(1, 100)))
const resource: Rules = {
  ResourceType: required(
    oneOf(
      'Association',
      'Automation',
      'ManagedInstance',
      'MaintenanceWindow',
      'Parameter',
      'PatchBaseline',
      'OpsItem',
      'OpsMetadata',
      'Document',
    ),
  ),
  ResourceId: required(),
}

const rules: Record<string, Rules> = {
  PutParameter: {
    Name: name,
    Description: length(0, 1024),
    Value: required(length(1, 2_147_483_647)),
    Type: oneOf('SecureString', 'StringList', 'String'),
    KeyId: all(length(1, 256), pattern('([a-zA-Z0-9:/_-]+)')),
    AllowedPattern: length(0, 1024),
    Tags: all(length(0, 1000), each(tag)),
    Tier: oneOf('Standard', 'Advanced', 'Intelligent-Tiering'),
    Policies: length(1, 4096),
    DataType: length(0, 128),
  },
  GetParameter: { Name: name },
  GetParameters: { Names: names },
  GetParametersByPath: {
    Path: required(length(1, 2048)),
    ParameterFilters: filters,
    MaxResults: range(1, 10),
  },
  GetParameterHistory: { Name: name, MaxResults: range(1, 50) },
  DescribeParameters: { ParameterFilters: filters, MaxResults: range(1, 50) },
  DeleteParameter: { Name: name },
  DeleteParameters: { Names: names },
  LabelParameterVersion: { Name: name, Labels: labels },
  UnlabelParameterVersion: { Name: name, ParameterVersion: required(), Labels: labels },
  AddTagsToResource: { ...resource, Tags: required(all(length(0, 1000), each(tag))) },
  RemoveTagsFromResource: { ...resource, TagKeys: required() },
  ListTagsForResource: resource,
}

export function checkInput(operation: string, input: Record<string, unknown>): void {
  const text = refusalText(violations(input, rules[operation] ?? {}))
  if (text !== undefined) throw invalid(text)
}
