import { expandLoops } from './for-each.ts'
import { transformsOf } from './read.ts'
import { expandServerless } from './serverless/index.ts'
import { asCall, invalid, isStructure, type Structure, type Value } from './value.ts'

const LANGUAGE_EXTENSIONS = 'AWS::LanguageExtensions'
const SERVERLESS = 'AWS::Serverless-2016-10-31'

/** Carries out the template's transforms; gives the processed template and whether there were any. */
export function transform(raw: Structure, texts: Record<string, Value>): Structure {
  refuseInline(raw)
  let result = raw
  for (const name of transformsOf(raw)) {
    if (name === LANGUAGE_EXTENSIONS) result = expandLoops(result, texts)
    else if (name === SERVERLESS) result = expandServerless(result, texts)
    else throw invalid(`Transform ${name} is not supported by this cloud.`)
  }
  return result
}

export function isExtended(raw: Structure): boolean {
  return transformsOf(raw).includes(LANGUAGE_EXTENSIONS)
}

function refuseInline(value: Value): void {
  if (Array.isArray(value)) return value.forEach(refuseInline)
  if (!isStructure(value)) return
  const argument = value['Fn::Transform']
  if (argument !== undefined) {
    const name = isStructure(argument) ? String(argument['Name']) : String(argument)
    throw invalid(`Transform ${name} is not supported by this cloud.`)
  }
  if (asCall(value)?.[0] === 'Ref') return
  Object.values(value).forEach(refuseInline)
}
