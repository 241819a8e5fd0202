import { expandLoops } from './for-each.ts'
import { transformsOf } from './read.ts'
import { expandServerless } from './serverless/index.ts'
import { invalid, type Structure, type Value } from './value.ts'

const own: Record<string, (raw: Structure, values: Record<string, Value>) => Structure> = {
  'AWS::LanguageExtensions': expandLoops,
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
