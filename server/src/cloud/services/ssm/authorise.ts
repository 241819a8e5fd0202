import type { IamRequest, RequestContext } from '../../gateway/index.ts'
import { parameterArn, select } from './model.ts'
import type { SsmParts } from './parts.ts'

type Values = Record<string, unknown>
type Context = Record<string, string | string[]>

/** Each parameter that is named; a path is asked about as if it were one. */
export function ssmRequests(
  { store }: SsmParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  const action = `ssm:${operation}`
  const context = conditionValues(operation, input)
  const named = input['Names'] ?? input['Name'] ?? input['Path'] ?? input['ResourceId']
  const names = (Array.isArray(named) ? named : [named]).filter((name) => typeof name === 'string')
  if (operation === 'DescribeParameters' || names.length === 0) return [{ action, resource: '*' }]
  return names.map((text) => {
    const { place, name } = select(text, ctx)
    const tags = Object.entries(store.find(place, name)?.tags ?? {})
    const own = tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])
    return {
      action,
      resource: parameterArn(place, name),
      resourceAccount: place.account,
      context: { ...context, ...Object.fromEntries(own) } as Context,
    }
  })
}

function conditionValues(operation: string, input: Values): Context {
  const context: Context = {}
  const tags = (input['Tags'] ?? []) as { Key?: string; Value?: string }[]
  for (const { Key, Value } of tags) context[`aws:RequestTag/${Key}`] = Value ?? ''
  const keys = (input['TagKeys'] as string[] | undefined) ?? tags.flatMap(({ Key }) => Key ?? [])
  if (keys.length > 0) context['aws:TagKeys'] = keys
  if (operation === 'PutParameter') {
    context['ssm:Overwrite'] = String(input['Overwrite'] === true)
    if (typeof input['Policies'] === 'string') context['ssm:Policies'] = input['Policies']
  }
  if (operation === 'GetParametersByPath') {
    context['ssm:Recursive'] = String(input['Recursive'] === true)
  }
  return context
}
