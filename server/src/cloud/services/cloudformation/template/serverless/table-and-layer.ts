import { type Structure, type Value } from '../value.ts'
import { placeOf } from './function.ts'
import {
  defined,
  digest,
  passedOn,
  picked,
  refuseResource,
  refuseUnknown,
  structureIn,
  tagList,
  withParameters,
} from './made.ts'

const attributeTypes: Record<string, string> = { String: 'S', Number: 'N', Binary: 'B' }

/** `AWS::Serverless::SimpleTable`: a table with one key. */
export function simpleTable(id: string, resource: Structure, properties: Structure): Structure {
  const known =
    'PointInTimeRecoverySpecification PrimaryKey ProvisionedThroughput SSESpecification TableName Tags'
  refuseUnknown(properties, known, 'AWS::Serverless::SimpleTable', (why) => refuseResource(id, why))
  const { PrimaryKey: key, Tags: tags } = properties
  const { Name: name, Type: type } = structureIn(key ?? { Name: 'id', Type: 'String' })
  const AttributeType = attributeTypes[String(type)]
  if (name === undefined || AttributeType === undefined) {
    throw refuseResource(id, "'PrimaryKey' is missing required property 'Name' or a valid 'Type'.")
  }
  const { Properties: _properties, Type: _type, ...attributes } = resource
  const throughput = properties['ProvisionedThroughput']
  return {
    [id]: {
      ...attributes,
      Type: 'AWS::DynamoDB::Table',
      Properties: defined({
        AttributeDefinitions: [{ AttributeName: name, AttributeType }],
        KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
        ...(throughput === undefined
          ? { BillingMode: 'PAY_PER_REQUEST' }
          : { ProvisionedThroughput: throughput }),
        ...picked(properties, [
          'PointInTimeRecoverySpecification',
          'SSESpecification',
          'TableName',
        ]),
        Tags: tags === undefined ? undefined : tagList(tags),
      }),
    },
  }
}

const retained = new Set(['Retain', 'Delete'])

/** `AWS::Serverless::LayerVersion`: another content is another resource, which the name told follows. */
export function layerVersion(
  id: string,
  resource: Structure,
  properties: Structure,
  { texts, names }: { texts: Record<string, Value>; names: Map<string, string> },
): Structure {
  const known =
    'CompatibleArchitectures CompatibleRuntimes ContentUri Description LayerName LicenseInfo RetentionPolicy'
  refuseUnknown(properties, known, 'AWS::Serverless::LayerVersion', (why) =>
    refuseResource(id, why),
  )
  const { RetentionPolicy: retention = 'Retain', ContentUri: uri, LayerName: name } = properties
  const policy = String(withParameters(retention, texts))
  if (!retained.has(policy)) {
    throw refuseResource(
      id,
      "'RetentionPolicy' must be one of the following options: ['Delete', 'Retain'].",
    )
  }
  const { DeletionPolicy: _kept, UpdateReplacePolicy: _too, Metadata: _said, ...told } = resource
  const content = { [id]: { ...told, Properties: properties } }
  const made = `${id}${digest(content)}`
  names.set(id, made)
  return {
    [made]: {
      Type: 'AWS::Lambda::LayerVersion',
      DeletionPolicy: policy,
      ...passedOn(resource),
      Properties: defined({
        Content: placeOf(id, 'ContentUri', uri),
        LayerName: name ?? id,
        ...picked(properties, [
          'CompatibleArchitectures',
          'CompatibleRuntimes',
          'Description',
          'LicenseInfo',
        ]),
      }),
    },
  }
}
