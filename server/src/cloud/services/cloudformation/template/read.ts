import type {
  RemovalPolicy,
  Template,
  TemplateOutput,
  TemplateParameter,
  TemplateResource,
} from './model.ts'
import { readRules } from './rules.ts'
import { invalid, isStructure, type Structure, type Value } from './value.ts'

const sections = new Set(
  'AWSTemplateFormatVersion Description Metadata Parameters Mappings Conditions Resources Outputs Transform Rules Globals'.split(
    ' ',
  ),
)
const resourceMembers = new Set(
  'Type Properties DependsOn Condition Metadata DeletionPolicy UpdateReplacePolicy UpdatePolicy CreationPolicy'.split(
    ' ',
  ),
)
const parameterMembers = new Set(
  'Type Description Default NoEcho AllowedValues AllowedPattern MinLength MaxLength MinValue MaxValue ConstraintDescription'.split(
    ' ',
  ),
)
const policies = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot']

/** The parsed text as a template; every member is looked at, none is passed over in silence. */
export function readTemplate(raw: Structure, options: { isPart?: boolean } = {}): Template {
  refuseNull(raw, '')
  const unknown = Object.keys(raw).filter((name) => !sections.has(name))
  if (unknown.length > 0)
    throw invalid(`Invalid template property or properties [${unknown.join(', ')}]`)
  const version = raw['AWSTemplateFormatVersion']
  if (version !== undefined && String(version) !== '2010-09-09') {
    throw invalid('Template format error: Unsupported value for AWSTemplateFormatVersion.')
  }
  const description = raw['Description']
  if (description !== undefined && typeof description !== 'string') {
    throw invalid('Template format error: Description must be a string.')
  }
  const resources = section(raw, 'Resources')
  if (Object.keys(resources).length === 0 && !options.isPart) {
    throw invalid('Template format error: At least one Resources member must be defined.')
  }
  return {
    description,
    metadata: raw['Metadata'],
    parameters: readParameters(raw),
    mappings: each(section(raw, 'Mappings'), readMapping),
    conditions: section(raw, 'Conditions'),
    resources: each(resources, readResource),
    outputs: each(section(raw, 'Outputs'), readOutput),
    transforms: transformsOf(raw),
    rules: readRules(section(raw, 'Rules')),
  }
}

function refuseNull(value: Value, path: string): void {
  if (value === null) throw invalid(`[${path}] 'null' values are not allowed in templates`)
  if (typeof value !== 'object') return
  for (const [name, item] of Object.entries(value)) refuseNull(item, `${path}/${name}`)
}

/** The Parameters section alone: transforms ask for it before the rest can be read. */
export function readParameters(raw: Structure): Record<string, TemplateParameter> {
  return each(section(raw, 'Parameters'), readParameter)
}

/** Names of the template's transforms. */
export function transformsOf(raw: Structure): string[] {
  const named = raw['Transform']
  const list = named === undefined ? [] : Array.isArray(named) ? named : [named]
  return list.map((item) => (isStructure(item) ? String(item['Name']) : String(item)))
}

function section(raw: Structure, name: string): Structure {
  const value = raw[name]
  if (value === undefined) return {}
  if (!isStructure(value)) throw invalid(`Template format error: ${name} must be an object.`)
  return value
}

function each<T>(items: Structure, read: (name: string, item: Value) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, read(name, item)]))
}

function readParameter(name: string, item: Value): TemplateParameter {
  alphanumeric(name, 'Parameter')
  const where = `[/Parameters/${name}]`
  if (!isStructure(item)) {
    throw invalid(`Template format error: ${where} Every Parameters member must be an object.`)
  }
  const unknown = Object.keys(item).find((member) => !parameterMembers.has(member))
  if (unknown) throw invalid(`Invalid template parameter property '${unknown}'`)
  const type = item['Type']
  if (typeof type !== 'string') {
    throw invalid(`Template format error: Every Parameters object must contain a Type member.`)
  }
  if (!/^(String|Number|CommaDelimitedList|List<.+>|AWS::.+)$/.test(type)) {
    throw invalid(`Template format error: Unrecognized parameter type: ${type}`)
  }
  const text = (member: string) => (item[member] === undefined ? undefined : String(item[member]))
  const number = (member: string) => (item[member] === undefined ? undefined : Number(item[member]))
  const allowed = item['AllowedValues']
  return {
    type,
    description: text('Description'),
    default: text('Default'),
    noEcho: String(item['NoEcho'] ?? false) === 'true',
    allowedValues: Array.isArray(allowed) ? allowed.map(String) : undefined,
    allowedPattern: text('AllowedPattern'),
    minLength: number('MinLength'),
    maxLength: number('MaxLength'),
    minValue: number('MinValue'),
    maxValue: number('MaxValue'),
    constraintDescription: text('ConstraintDescription'),
  }
}

function readMapping(name: string, item: Value): Record<string, Structure> {
  const rows = isStructure(item) ? Object.entries(item) : []
  const flat = isStructure(item) ? rows.find(([, row]) => !isStructure(row))?.[0] : name
  if (flat !== undefined) {
    throw invalid(`Template format error: Every Mappings member ${flat} must be a map`)
  }
  const values = rows.flatMap(([, row]) => Object.values(row as Structure))
  if (values.some(isStructure)) {
    throw invalid('Template format error: Every Mappings attribute must be a String or a List.')
  }
  return item as Record<string, Structure>
}

function readResource(logicalId: string, item: Value): TemplateResource {
  alphanumeric(logicalId, 'Resource')
  const where = `[/Resources/${logicalId}]`
  if (!isStructure(item))
    throw invalid('Template format error: Any Resources member must be an object.')
  const unknown = Object.keys(item).find((member) => !resourceMembers.has(member))
  if (unknown) throw invalid(`Invalid template resource property '${unknown}'`)
  if (typeof item['Type'] !== 'string') {
    throw invalid(
      `Template format error: ${where} Every Resources object must contain a Type member.`,
    )
  }
  const properties = item['Properties'] ?? {}
  if (!isStructure(properties)) {
    throw invalid(`Template format error: ${where} 'Properties' member must be an object.`)
  }
  const dependsOn = item['DependsOn'] ?? []
  return {
    logicalId,
    type: item['Type'],
    properties,
    dependsOn: (Array.isArray(dependsOn) ? dependsOn : [dependsOn]).map(String),
    condition: item['Condition'] === undefined ? undefined : String(item['Condition']),
    metadata: item['Metadata'],
    deletionPolicy: policy(where, item, 'DeletionPolicy'),
    updateReplacePolicy: policy(where, item, 'UpdateReplacePolicy'),
    creationPolicy: creationPolicy(item),
  }
}

const WAITS = 'AWS::CloudFormation::WaitCondition'

/** Of the types that wait for signals there is one here; none that is replaced bit by bit. */
function creationPolicy(item: Structure): Structure | undefined {
  const { Type, CreationPolicy: waiting, UpdatePolicy: updating } = item
  if (updating !== undefined) {
    throw invalid(`UpdatePolicy of ${String(Type)} is not supported by this cloud yet.`)
  }
  if (waiting === undefined) return undefined
  const isWhole = isStructure(waiting) && isStructure(waiting['ResourceSignal'])
  if (Type === WAITS && isWhole) return waiting
  throw invalid(`CreationPolicy of ${String(Type)} is not supported by this cloud yet.`)
}

function policy(where: string, item: Structure, member: string): RemovalPolicy {
  const value = item[member] ?? 'Delete'
  if (typeof value !== 'string' || !policies.includes(value)) {
    throw invalid(`Template format error: ${where} Unrecognized ${member} ${JSON.stringify(value)}`)
  }
  return value as RemovalPolicy
}

function readOutput(name: string, item: Value): TemplateOutput {
  alphanumeric(name, 'Output')
  if (!isStructure(item)) throw invalid(`Template format error: Output ${name} is malformed.`)
  const value = item['Value']
  if (value === undefined || value === null) {
    throw invalid('Template format error: Every Outputs member must contain a Value object')
  }
  const exported = item['Export']
  return {
    name,
    value,
    description: item['Description'] === undefined ? undefined : String(item['Description']),
    condition: item['Condition'] === undefined ? undefined : String(item['Condition']),
    exportName: isStructure(exported) ? exported['Name'] : undefined,
  }
}

function alphanumeric(name: string, kind: string): void {
  if (/^[a-zA-Z0-9]{1,255}$/.test(name)) return
  throw invalid(`Template format error: ${kind} name ${name} is non alphanumeric.`)
}
