import { expandLoops } from './for-each.ts'
import { transformsOf } from './read.ts'
import { resolve, resolveConditions, type Scope } from './resolve.ts'
import { expandServerless } from './serverless/index.ts'
import { invalid, isStructure, type Structure, type Value } from './value.ts'

const own: Record<string, (raw: Structure, values: Record<string, Value>) => Structure> = {
  'AWS::LanguageExtensions': (raw, values) => withPolicies(expandLoops(raw, values), values),
  'AWS::Serverless-2016-10-31': expandServerless,
}

/** Whether the template and its parameters are all that the transform needs. */
export const isOwnTransform = (name: string) => Object.hasOwn(own, name)

export function ownTransform(
  name: string,
  raw: Structure,
  values: Record<string, Value>,
): Structure {
  const expand = own[name]
  if (!expand) throw invalid(`No transform named ${name} found.`)
  return expand(raw, values)
}

/** Carries out the template's transforms that need no more than it and its parameters. */
export function transform(raw: Structure, values: Record<string, Value>): Structure {
  const { Transform: _asked, ...template } = raw
  return transformsOf(raw).reduce((result, name) => ownTransform(name, result, values), template)
}

/** Policies of removal may hang on parameters, mappings and conditions. */
function withPolicies(raw: Structure, values: Record<string, Value>): Structure {
  const resources = raw['Resources']
  if (!isStructure(resources)) return raw
  const section = (name: string) => (isStructure(raw[name]) ? raw[name] : {})
  const base = {
    values,
    mappings: section('Mappings') as Scope['mappings'],
    exports: {},
    zones: () => [],
    extended: true,
  }
  const scope = (): Scope => ({
    ...base,
    conditions: resolveConditions(section('Conditions'), base),
    resource: () => undefined,
  })
  const made = Object.entries(resources).map(([id, item]): [string, Value] => {
    if (!isStructure(item)) return [id, item]
    const next = { ...item }
    for (const name of ['DeletionPolicy', 'UpdateReplacePolicy']) {
      if (isStructure(item[name])) next[name] = resolve(item[name], scope())
    }
    return [id, next]
  })
  return { ...raw, Resources: Object.fromEntries(made) }
}
