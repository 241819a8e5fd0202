import { type Structure, type Value } from '../value.ts'
import { invokeConfig } from './destinations.ts'
import { eventResources } from './events.ts'
import {
  arnOf,
  defined,
  digest,
  passedOn,
  picked,
  refuseResource,
  structureIn,
  tagList,
  withParameters,
} from './made.ts'
import { noNeeds, type Needs, roleOf } from './role.ts'

const copied =
  'Architectures CodeSigningConfigArn Description Environment EphemeralStorage FunctionName Handler ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType RecursiveLoop ReservedConcurrentExecutions Runtime RuntimeManagementConfig SnapStart Timeout VpcConfig'.split(
    ' ',
  )
const own =
  'AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties AutoPublishCodeSha256 CodeUri DeadLetterQueue EventInvokeConfig Events FunctionUrlConfig ImageUri InlineCode PermissionsBoundary Policies PropagateTags ProvisionedConcurrencyConfig Role RolePath Tags Tracing VersionDeletionPolicy VersionDescription'.split(
    ' ',
  )
const known = new Set([...copied, ...own])
const absent = new Set(
  'CapacityProviderConfig DeploymentPreference DurableConfig FileSystemConfigs FunctionScalingConfig PublishToLatestPublished SourceKMSKeyArn TenancyConfig'.split(
    ' ',
  ),
)

const refuseProperty = (id: string, name: string) =>
  refuseResource(
    id,
    absent.has(name)
      ? `property ${name} is not supported by this cloud.`
      : `property ${name} not defined for resource of type AWS::Serverless::Function`,
  )

/** What the transform knows beside the resource itself. */
export interface FunctionPlace {
  /** Values of the template's parameters. */
  texts: Record<string, Value>
  /** The template's resources; S3 events change buckets among them. */
  resources: Structure
  /** Names the template may use for what is made: `Function.Version`. */
  names: Map<string, string>
}

/** The function, its role, version, alias, URL, destinations and events. */
export function functionResources(
  id: string,
  resource: Structure,
  properties: Structure,
  place: FunctionPlace,
): Structure {
  const unknown = Object.keys(properties).find((name) => !known.has(name))
  if (unknown) throw refuseProperty(id, unknown)
  const { Properties: _properties, Type: _type, ...attributes } = resource
  const needs = noNeeds()
  const made: Structure = {
    [id]: {
      ...attributes,
      Type: 'AWS::Lambda::Function',
      Properties: lambdaOf(id, properties, needs),
    },
  }
  const alias = properties['AutoPublishAlias']
  if (alias !== undefined) Object.assign(made, published(id, properties, attributes, place))
  const target = alias === undefined ? { Ref: id } : { Ref: `${id}Alias${String(alias)}` }
  const url = properties['FunctionUrlConfig']
  if (url !== undefined) Object.assign(made, urlOf(id, structureIn(url), target, attributes))
  if (properties['EventInvokeConfig'] !== undefined) {
    Object.assign(made, invokeConfig(id, properties, attributes, needs))
  }
  const arn = alias === undefined ? arnOf(id) : target
  const to = { functionId: id, target, arn, attributes, resources: place.resources, needs }
  Object.assign(made, eventResources(to, structureIn(properties['Events'])))
  if (properties['Role'] === undefined) {
    made[`${id}Role`] = roleOf(id, properties, attributes, needs)
  }
  return String(properties['PropagateTags']) === 'true' ? tagged(made, properties['Tags']) : made
}

const TAGGED = ['AWS::SQS::Queue', 'AWS::Events::Rule', 'AWS::Lambda::EventSourceMapping']

/** The function's tags on what is made for it: the function and its role have them anyway. */
function tagged(made: Structure, tags: Value | undefined): Structure {
  const entries = Object.entries(made).map(([id, item]): [string, Value] => {
    const resource = structureIn(item)
    if (!TAGGED.includes(String(resource['Type']))) return [id, item]
    const Properties = { ...structureIn(resource['Properties']), Tags: tagList(tags) }
    return [id, { ...resource, Properties }]
  })
  return Object.fromEntries(entries)
}

function lambdaOf(id: string, properties: Structure, needs: Needs): Structure {
  return defined({
    ...picked(properties, copied),
    Code: codeOf(id, properties),
    DeadLetterConfig: deadLetters(id, properties, needs),
    Role: properties['Role'] ?? arnOf(`${id}Role`),
    TracingConfig:
      properties['Tracing'] === undefined ? undefined : { Mode: properties['Tracing'] },
    Tags: [{ Key: 'lambda:createdBy', Value: 'SAM' }, ...tagList(properties['Tags'])],
  })
}

function deadLetters(id: string, properties: Structure, needs: Needs): Value | undefined {
  if (properties['DeadLetterQueue'] === undefined) return undefined
  const { Type: type, TargetArn } = structureIn(properties['DeadLetterQueue'])
  const action = type === 'SQS' ? 'sqs:SendMessage' : type === 'SNS' ? 'sns:Publish' : undefined
  if (action === undefined || TargetArn === undefined) {
    const why =
      TargetArn === undefined || type === undefined
        ? "'DeadLetterQueue' requires Type and TargetArn properties to be specified."
        : "'DeadLetterQueue' requires Type of ['SQS', 'SNS']"
    throw refuseResource(id, why)
  }
  const Statement = [{ Action: action, Resource: TargetArn, Effect: 'Allow' }]
  const PolicyDocument = { Version: '2012-10-17', Statement }
  needs.inline.push({ PolicyName: 'DeadLetterQueuePolicy', PolicyDocument })
  return { TargetArn }
}

function codeOf(id: string, properties: Structure): Structure {
  const { InlineCode: inline, CodeUri: uri, ImageUri: image } = properties
  if (image !== undefined) return { ImageUri: image }
  if ((inline === undefined) === (uri === undefined)) {
    throw refuseResource(id, "Only one of 'InlineCode' or 'CodeUri' can be set.")
  }
  if (inline !== undefined) return { ZipFile: inline }
  return placeOf(id, 'CodeUri', uri)
}

/** Where an archive lies: `s3://bucket/key` or its parts. */
export function placeOf(id: string, name: string, uri: Value | undefined): Structure {
  const { Bucket, Key, Version } = structureIn(uri)
  if (Bucket !== undefined && Key !== undefined) {
    return defined({ S3Bucket: Bucket, S3Key: Key, S3ObjectVersion: Version })
  }
  const place =
    typeof uri === 'string' ? /^s3:\/\/([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(uri) : null
  if (place) {
    const [, S3Bucket, S3Key, S3ObjectVersion] = place
    return defined({ S3Bucket, S3Key, S3ObjectVersion })
  }
  const why =
    typeof uri === 'object' && uri !== null
      ? `'${name}' requires Bucket and Key properties to be specified.`
      : `'${name}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`
  throw refuseResource(id, why)
}

/** Another code is another version; the one before is kept. */
function published(
  id: string,
  properties: Structure,
  attributes: Structure,
  { texts, names }: FunctionPlace,
): Structure {
  const { AutoPublishAlias: alias, AutoPublishCodeSha256: hash } = properties
  const told = hash === undefined ? undefined : String(withParameters(hash, texts)).slice(0, 10)
  const version = `${id}Version${told ?? digest(withParameters(versioned(id, properties), texts))}`
  const name = `${id}Alias${String(alias)}`
  names.set(`${id}.Version`, version)
  names.set(`${id}.Alias`, name)
  return {
    [version]: {
      Type: 'AWS::Lambda::Version',
      DeletionPolicy: properties['VersionDeletionPolicy'] ?? 'Retain',
      ...passedOn(attributes),
      Properties: defined({
        Description: properties['VersionDescription'],
        FunctionName: { Ref: id },
      }),
    },
    [name]: {
      Type: 'AWS::Lambda::Alias',
      ...passedOn(attributes),
      Properties: defined({
        Name: alias,
        FunctionName: { Ref: id },
        FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] },
        ProvisionedConcurrencyConfig: properties['ProvisionedConcurrencyConfig'],
      }),
    },
  }
}

/** What makes another version of a function when it changes. */
function versioned(id: string, properties: Structure): Structure {
  const { Environment, MemorySize, SnapStart } = properties
  const snapshot = structureIn(SnapStart)['ApplyOn'] ?? 'None'
  if (String(properties['AutoPublishAliasAllProperties']) === 'true') {
    return lambdaOf(id, properties, noNeeds())
  }
  return {
    ...codeOf(id, properties),
    ...structureIn(Environment),
    ...defined({ MemorySize, SnapStart: snapshot === 'None' ? undefined : SnapStart }),
  }
}

function urlOf(id: string, config: Structure, target: Value, attributes: Structure): Structure {
  const url = {
    Type: 'AWS::Lambda::Url',
    ...passedOn(attributes),
    Properties: { ...config, TargetFunctionArn: target },
  }
  if (config['AuthType'] !== 'NONE') return { [`${id}Url`]: url }
  const anyone = (Action: string, condition: Structure) => ({
    Type: 'AWS::Lambda::Permission',
    ...passedOn(attributes),
    Properties: { Action, FunctionName: target, Principal: '*', ...condition },
  })
  return {
    [`${id}Url`]: url,
    [`${id}UrlPublicPermissions`]: anyone('lambda:InvokeFunctionUrl', {
      FunctionUrlAuthType: 'NONE',
    }),
    [`${id}URLInvokeAllowPublicAccess`]: anyone('lambda:InvokeFunction', {
      InvokedViaFunctionUrl: true,
    }),
  }
}
