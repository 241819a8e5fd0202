import { dependencyGraph, inOrder } from './graph.ts'
import type { Template } from './model.ts'
import { type Reference, referencesIn } from './references.ts'
import { isFunction, unresolved, unsupported } from './resolve.ts'
import { invalid } from './value.ts'

export const pseudoParameters = new Set(
  'AccountId NotificationARNs NoValue Partition Region StackId StackName URLSuffix'
    .split(' ')
    .map((name) => `AWS::${name}`),
)

/** What a template may use: which types there are, and which attributes each has. */
export interface TypeCatalogue {
  has(type: string): boolean
  /** undefined: any (a custom resource decides by itself). */
  attributes(type: string): readonly (string | RegExp)[] | undefined
}

/** Checks names, types, references and circles; throws CloudFormation's words for the first fault. */
export function validateTemplate(template: Template, types: TypeCatalogue): void {
  const resources = Object.values(template.resources)
  const unknown = [...new Set(resources.map((r) => r.type).filter((type) => !types.has(type)))]
  if (unknown.length > 0) {
    throw invalid(`Template format error: Unrecognized resource types: [${unknown.join(', ')}]`)
  }
  for (const { properties } of resources) checkFunctions(properties)
  for (const { value } of Object.values(template.outputs)) checkFunctions(value)
  checkConditions(template)
  const missing = resources.flatMap((resource) => [
    ...resource.dependsOn.filter((name) => !Object.hasOwn(template.resources, name)),
    ...missingRefs(template, referencesIn(resource.properties)),
  ])
  if (missing.length > 0) throw unresolved(...new Set(missing))
  for (const resource of resources)
    checkAttributes(template, types, referencesIn(resource.properties))
  for (const output of Object.values(template.outputs)) {
    const references = [...referencesIn(output.value), ...referencesIn(output.exportName)]
    const absent = missingRefs(template, references)
    if (absent.length > 0) {
      throw invalid(
        `Template format error: Unresolved resource dependencies [${absent.join(', ')}] ` +
          'in the Outputs block of the template',
      )
    }
    checkAttributes(template, types, references)
  }
  inOrder(dependencyGraph(template.resources))
}

/** None of the types that are here can leave a snapshot behind. */
export function refuseSnapshots({ resources }: Template): void {
  for (const { type, deletionPolicy, updateReplacePolicy } of Object.values(resources)) {
    if (deletionPolicy !== 'Snapshot' && updateReplacePolicy !== 'Snapshot') continue
    const name = deletionPolicy === 'Snapshot' ? 'deletion' : 'update replace'
    throw invalid(`Template error: resource type ${type} does not support ${name} policy Snapshot`)
  }
}

/** An object with one member named `Fn::…` is a call. */
function checkFunctions(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const members = Array.isArray(value) ? [] : Object.keys(value)
  const [name] = members
  if (members.length === 1 && name!.startsWith('Fn::') && !isFunction(name!)) {
    throw unsupported(name!)
  }
  Object.values(value).forEach(checkFunctions)
}

function missingRefs(template: Template, references: Reference[]): string[] {
  return references
    .filter((reference) => reference.kind === 'ref')
    .map((reference) => reference.name)
    .filter(
      (name) =>
        !pseudoParameters.has(name) &&
        !Object.hasOwn(template.parameters, name) &&
        !Object.hasOwn(template.resources, name),
    )
}

function checkConditions(template: Template): void {
  // Conditions are decided before anything is made.
  const later = missingRefs({ ...template, resources: {} }, referencesIn(template.conditions))
  if (later.length > 0) {
    throw invalid(
      `Template format error: Unresolved dependencies [${[...new Set(later)].join(', ')}]. ` +
        'Cannot reference resources in the Conditions block of the template',
    )
  }
  const known = (name: string) => Object.hasOwn(template.conditions, name)
  const used = [
    ...Object.values(template.resources).flatMap((resource) => [
      ...(resource.condition === undefined ? [] : [resource.condition]),
      ...conditionsIn(referencesIn(resource.properties)),
    ]),
    ...Object.values(template.outputs).flatMap((output) => [
      ...(output.condition === undefined ? [] : [output.condition]),
      ...conditionsIn(referencesIn(output.value)),
    ]),
  ]
  const missing = used.find((name) => !known(name))
  if (missing === undefined) return
  throw invalid(
    `Template format error: Unresolved condition dependency ${missing} in the Resources block of the template`,
  )
}

function conditionsIn(references: Reference[]): string[] {
  return references.filter((r) => r.kind === 'condition').map((r) => r.name)
}

function checkAttributes(template: Template, types: TypeCatalogue, references: Reference[]): void {
  for (const { kind, name, attribute } of references) {
    if (kind !== 'attribute') continue
    const resource = template.resources[name]
    if (!resource) {
      throw invalid(`Template error: instance of Fn::GetAtt references undefined resource ${name}`)
    }
    const known = types.attributes(resource.type)
    if (!known || attribute === undefined) continue
    const matches = known.some((entry) =>
      typeof entry === 'string' ? entry === attribute : entry.test(attribute),
    )
    if (matches) continue
    throw invalid(
      `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
    )
  }
}

/** Acknowledgements this template needs, with the resource types that need them. */
export function neededCapabilities(template: Template): {
  capabilities: string[]
  types: string[]
} {
  const iam = Object.values(template.resources).filter((r) => r.type.startsWith('AWS::IAM::'))
  const granting = iam.filter((r) => r.type !== 'AWS::IAM::InstanceProfile')
  if (granting.length === 0) return { capabilities: [], types: [] }
  const nameOf: Record<string, string> = {
    'AWS::IAM::Role': 'RoleName',
    'AWS::IAM::User': 'UserName',
    'AWS::IAM::Group': 'GroupName',
    'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  }
  const isNamed = iam.some((r) => (r.properties[nameOf[r.type] ?? ''] ?? null) !== null)
  return {
    capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    types: [...new Set(iam.map((r) => r.type))],
  }
}
