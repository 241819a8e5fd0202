import { invalid, isStructure, type Structure, type Value } from './value.ts'

const functionMembers = new Set(
  (
    'FunctionName Description Handler Runtime InlineCode CodeUri MemorySize Timeout Environment Role ' +
    'Policies Tags Architectures Layers AutoPublishAlias FunctionUrlConfig Events EphemeralStorage ' +
    'ReservedConcurrentExecutions TracingConfig PackageType'
  ).split(' '),
)
const copied = [
  'FunctionName',
  'Description',
  'Handler',
  'Runtime',
  'MemorySize',
  'Timeout',
  'Environment',
  'Architectures',
  'Layers',
  'EphemeralStorage',
  'ReservedConcurrentExecutions',
  'PackageType',
]

/**
 * AWS::Serverless-2016-10-31 for functions: the function, its role, alias and URL. Events (API
 * Gateway, queues, schedules) need services that are not there and are refused by name.
 */
export function expandServerless(raw: Structure): Structure {
  const globals = isStructure(raw['Globals']) ? raw['Globals'] : {}
  const defaults = isStructure(globals['Function']) ? globals['Function'] : {}
  const resources = isStructure(raw['Resources']) ? raw['Resources'] : {}
  const result: Structure = {}
  for (const [id, resource] of Object.entries(resources)) {
    const type = isStructure(resource) ? String(resource['Type']) : ''
    if (!type.startsWith('AWS::Serverless::')) result[id] = resource
    else if (type === 'AWS::Serverless::Function') {
      Object.assign(result, functionResources(id, resource as Structure, defaults))
    } else
      throw invalid(`Transform AWS::Serverless-2016-10-31: ${type} is not supported by this cloud.`)
  }
  const { Globals: _globals, ...rest } = raw
  return { ...rest, Resources: result }
}

function functionResources(id: string, resource: Structure, defaults: Structure): Structure {
  const own = isStructure(resource['Properties']) ? resource['Properties'] : {}
  const properties = merge(defaults, own)
  const unknown = Object.keys(properties).find((name) => !functionMembers.has(name))
  if (unknown) throw refuse(id, `property ${unknown} is not supported by this cloud.`)
  if (properties['Events'] !== undefined) {
    throw refuse(
      id,
      'Events need API Gateway, SQS or EventBridge, which this cloud does not have yet. Use FunctionUrlConfig.',
    )
  }
  const { Properties: _properties, Type: _type, ...attributes } = resource
  const made: Structure = {
    [id]: { ...attributes, Type: 'AWS::Lambda::Function', Properties: lambdaOf(id, properties) },
  }
  if (properties['Role'] === undefined) made[`${id}Role`] = roleOf(id, properties, attributes)
  const alias = properties['AutoPublishAlias']
  if (alias !== undefined) Object.assign(made, aliasOf(id, alias))
  if (isStructure(properties['FunctionUrlConfig'])) {
    Object.assign(made, urlOf(id, properties['FunctionUrlConfig'], alias))
  }
  return made
}

function refuse(id: string, text: string) {
  return invalid(
    'Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification ' +
      `document. Number of errors found: 1. Resource with id [${id}] is invalid. ${text}`,
  )
}

function merge(defaults: Structure, own: Structure): Structure {
  const result: Structure = { ...defaults }
  for (const [name, value] of Object.entries(own)) {
    const before = result[name]
    result[name] = isStructure(before) && isStructure(value) ? merge(before, value) : value
  }
  return result
}

function lambdaOf(id: string, properties: Structure): Structure {
  const result: Structure = {}
  for (const name of copied) if (properties[name] !== undefined) result[name] = properties[name]
  result['Code'] = codeOf(id, properties)
  result['Role'] = properties['Role'] ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] }
  const tags = isStructure(properties['Tags']) ? properties['Tags'] : {}
  result['Tags'] = [
    { Key: 'lambda:createdBy', Value: 'SAM' },
    ...Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  ]
  return result
}

function codeOf(id: string, properties: Structure): Structure {
  const { InlineCode: inline, CodeUri: uri } = properties
  if (inline !== undefined) return { ZipFile: inline }
  if (isStructure(uri)) {
    const { Bucket, Key, Version } = uri
    if (Bucket === undefined || Key === undefined)
      throw refuse(id, "'CodeUri' requires Bucket and Key properties to be specified.")
    return {
      S3Bucket: Bucket,
      S3Key: Key,
      ...(Version === undefined ? {} : { S3ObjectVersion: Version }),
    }
  }
  const place = typeof uri === 'string' ? /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) : null
  if (!place) {
    throw refuse(
      id,
      "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    )
  }
  return { S3Bucket: place[1]!, S3Key: place[2]! }
}

function roleOf(id: string, properties: Structure, attributes: Structure): Structure {
  const given = properties['Policies'] ?? []
  const policies = Array.isArray(given) ? given : [given]
  const managed: Value[] = [
    { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
  ]
  const inline: Value[] = []
  for (const policy of policies) {
    if (typeof policy === 'string') {
      managed.push(
        policy.startsWith('arn:')
          ? policy
          : { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${policy}` },
      )
    } else if (isStructure(policy) && policy['Statement'] !== undefined) {
      const document = { Version: '2012-10-17', ...policy }
      inline.push({ PolicyName: `${id}RolePolicy${inline.length}`, PolicyDocument: document })
    } else if (
      isStructure(policy) &&
      (policy['Ref'] !== undefined || policy['Fn::Sub'] !== undefined)
    ) {
      managed.push(policy)
    } else
      throw refuse(id, `policy template ${JSON.stringify(policy)} is not supported by this cloud.`)
  }
  return {
    Type: 'AWS::IAM::Role',
    ...(attributes['Condition'] === undefined ? {} : { Condition: attributes['Condition'] }),
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['sts:AssumeRole'],
            Principal: { Service: ['lambda.amazonaws.com'] },
          },
        ],
      },
      ManagedPolicyArns: managed,
      ...(inline.length > 0 ? { Policies: inline } : {}),
      Tags: [{ Key: 'lambda:createdBy', Value: 'SAM' }],
    },
  }
}

function aliasOf(id: string, alias: Value): Structure {
  return {
    [`${id}Version`]: {
      Type: 'AWS::Lambda::Version',
      DeletionPolicy: 'Retain',
      Properties: { FunctionName: { Ref: id } },
    },
    [`${id}Alias${String(alias)}`]: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        Name: alias,
        FunctionName: { Ref: id },
        FunctionVersion: { 'Fn::GetAtt': [`${id}Version`, 'Version'] },
      },
    },
  }
}

function urlOf(id: string, config: Structure, alias: Value | undefined): Structure {
  const target = alias === undefined ? { Ref: id } : { Ref: `${id}Alias${String(alias)}` }
  const isPublic = config['AuthType'] === 'NONE'
  const made: Structure = {
    [`${id}Url`]: {
      Type: 'AWS::Lambda::Url',
      Properties: { ...config, TargetFunctionArn: target },
    },
  }
  if (!isPublic) return made
  made[`${id}UrlPublicPermissions`] = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunctionUrl',
      FunctionName: target,
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    },
  }
  return made
}
