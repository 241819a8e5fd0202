import { asCall, invalid, isStructure, type Structure, type Value } from '../value.ts'
import { functionResources } from './function.ts'
import { refuseDocument, structureIn } from './made.ts'
import { layerVersion, simpleTable } from './table-and-layer.ts'

const PREFIX = 'AWS::Serverless::'

/** What may be said once for all resources of a kind. */
const global: Record<string, string> = {
  Function:
    'Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment Tags ' +
    'PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers ' +
    'DeploymentPreference RolePath PermissionsBoundary ReservedConcurrentExecutions ' +
    'ProvisionedConcurrencyConfig AssumeRolePolicyDocument EventInvokeConfig FileSystemConfigs ' +
    'CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig ' +
    'RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn',
  SimpleTable: 'SSESpecification',
  LayerVersion: 'PublishLambdaVersion',
}

/**
 * Carries out AWS::Serverless-2016-10-31: functions with what makes events reach them, simple tables and layers. What
 * needs a service that is not here (API Gateway, Step Functions) is refused by name.
 */
export function expandServerless(raw: Structure, texts: Record<string, Value>): Structure {
  const { Globals: globals, ...rest } = raw
  const defaults = globalsOf(globals)
  const given = structureIn(raw['Resources'])
  const isServerless = ([, one]: [string, Value]) =>
    String(structureIn(one)['Type']).startsWith(PREFIX)
  const resources = Object.fromEntries(
    Object.entries(given).filter((entry) => !isServerless(entry)),
  )
  const names = new Map<string, string>()
  const made: Structure = {}
  for (const [id, one] of Object.entries(given).filter(isServerless)) {
    const resource = structureIn(one)
    const kind = String(resource['Type']).slice(PREFIX.length)
    const properties = merged(structureIn(defaults[kind]), structureIn(resource['Properties']))
    if (kind === 'Function') {
      const place = { texts, resources, names }
      Object.assign(made, functionResources(id, resource, properties, place))
    } else if (kind === 'SimpleTable') Object.assign(made, simpleTable(id, resource, properties))
    else if (kind === 'LayerVersion') {
      Object.assign(made, layerVersion(id, resource, properties, { texts, names }))
    } else {
      throw invalid(
        `Transform AWS::Serverless-2016-10-31: ${PREFIX}${kind} is not supported by this cloud.`,
      )
    }
  }
  return renamed({ ...rest, Resources: { ...resources, ...made } }, names) as Structure
}

function globalsOf(globals: Value | undefined): Structure {
  const given = structureIn(globals)
  const unknown = Object.keys(given).find((section) => !Object.hasOwn(global, section))
  if (unknown !== undefined) {
    throw invalid(
      `Transform AWS::Serverless-2016-10-31: 'Globals' section '${unknown}' is not supported by this cloud.`,
    )
  }
  for (const [section, properties] of Object.entries(given)) {
    const names = global[section]!.split(' ')
    const wrong = Object.keys(structureIn(properties)).find((name) => !names.includes(name))
    if (wrong === undefined) continue
    throw refuseDocument(
      `'Globals' section is invalid. '${wrong}' is not a supported property of '${section}'. ` +
        `Must be one of the following values - [${names.map((name) => `'${name}'`).join(', ')}]`,
    )
  }
  return given
}

/** A resource's own value stands over the global one; maps and lists take in both. */
function merged(defaults: Structure, own: Structure): Structure {
  const result: Structure = { ...defaults }
  for (const [name, value] of Object.entries(own)) {
    const before = result[name]
    const areMaps = isStructure(before) && isStructure(value) && !asCall(before) && !asCall(value)
    if (areMaps) result[name] = merged(before, value)
    else if (Array.isArray(before) && Array.isArray(value)) result[name] = [...before, ...value]
    else result[name] = value
  }
  return result
}

/** The template with the names of what was made, where it says `Function.Version` or a layer's own. */
function renamed(value: Value, names: Map<string, string>): Value {
  if (names.size === 0) return value
  if (Array.isArray(value)) return value.map((item) => renamed(item, names))
  if (!isStructure(value)) return value
  const entries = Object.entries(value).map(([member, item]): [string, Value] => {
    if (member === 'Ref') return [member, names.get(String(item)) ?? item]
    if (member === 'Fn::GetAtt') return [member, renamedAttribute(item, names)]
    if (member === 'Fn::Sub') return [member, renamedText(renamed(item, names), names)]
    return [member, renamed(item, names)]
  })
  return Object.fromEntries(entries)
}

function renamedAttribute(item: Value, names: Map<string, string>): Value {
  const parts = typeof item === 'string' ? item.split('.') : (item as Value[]).map(String)
  const path = parts.join('.')
  const known = [...names.keys()].find((name) => path.startsWith(`${name}.`))
  if (known === undefined) return item
  return [names.get(known)!, path.slice(known.length + 1)]
}

function renamedText(item: Value, names: Map<string, string>): Value {
  if (Array.isArray(item)) return [renamedText(item[0]!, names), ...item.slice(1)]
  return String(item).replace(/\$\{([^!}][^}]*)\}/g, (whole, name: string) => {
    const known = [...names.keys()].find((one) => name === one || name.startsWith(`${one}.`))
    return known === undefined ? whole : `\${${names.get(known)!}${name.slice(known.length)}}`
  })
}
