import { type Structure, type Value } from '../value.ts'
import { arnOf, passedOn, refuseResource, structureIn } from './made.ts'
import type { Needs } from './role.ts'

/** What sending to each kind of destination is allowed by. */
export const destinationActions: Record<string, string | string[]> = {
  SQS: 'sqs:SendMessage',
  SNS: 'sns:publish',
  EventBridge: 'events:PutEvents',
  Lambda: 'lambda:InvokeFunction',
}

/** What asynchronous calls do afterwards; queues and topics that are not named are made. */
export function invokeConfig(
  id: string,
  properties: Structure,
  attributes: Structure,
  needs: Needs,
): Structure {
  const { DestinationConfig, ...settings } = structureIn(properties['EventInvokeConfig'])
  const name = `${id}EventInvokeConfig`
  const made: Structure = {}
  const destinations: Structure = {}
  for (const event of ['OnSuccess', 'OnFailure']) {
    const given = structureIn(DestinationConfig)[event]
    if (given === undefined) continue
    const target = destination(id, `${name}${event}`, structureIn(given), attributes, made, needs)
    destinations[event] = { Destination: target }
  }
  const alias = properties['AutoPublishAlias']
  const { Metadata } = attributes
  made[name] = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    ...(alias === undefined ? {} : { DependsOn: [`${id}Alias${String(alias)}`] }),
    ...passedOn(attributes),
    ...(Metadata === undefined ? {} : { Metadata }),
    Properties: {
      ...(DestinationConfig === undefined ? {} : { DestinationConfig: destinations }),
      FunctionName: { Ref: id },
      ...settings,
      Qualifier: alias ?? '$LATEST',
    },
  }
  return made
}

function destination(
  id: string,
  name: string,
  { Type: type, Destination: given }: Structure,
  attributes: Structure,
  made: Structure,
  needs: Needs,
): Value {
  const action = destinationActions[String(type)]
  if (action === undefined) {
    const known = Object.keys(destinationActions).map((one) => `'${one}'`)
    throw refuseResource(id, `'Type: ${String(type)}' must be one of [${known.join(', ')}]`)
  }
  const target = given ?? ownDestination(id, name, String(type), attributes, made)
  const Statement = [{ Action: action, Effect: 'Allow', Resource: target }]
  needs.inline.push({ PolicyName: `${name}${String(type)}Policy`, PolicyDocument: { Statement } })
  return target
}

function ownDestination(
  id: string,
  name: string,
  type: string,
  attributes: Structure,
  made: Structure,
): Value {
  if (type === 'SQS') {
    made[`${name}Queue`] = { Type: 'AWS::SQS::Queue', ...passedOn(attributes), Properties: {} }
    return arnOf(`${name}Queue`)
  }
  if (type === 'SNS') {
    made[`${name}Topic`] = { Type: 'AWS::SNS::Topic', ...passedOn(attributes), Properties: {} }
    return { Ref: `${name}Topic` }
  }
  throw refuseResource(id, "Destination is required if Type is not ['SQS', 'SNS']")
}
