import { accessTable, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import { archiveArn, busArn, busNameOf, replayArn, ruleArn } from './model.ts'
import { type EventsParts, placeOf } from './parts.ts'

type Values = Record<string, unknown>

const ofRule = /^(PutRule|DeleteRule|DescribeRule|EnableRule|DisableRule|PutTargets|RemoveTargets)$/

export const eventsAccess = accessTable({
  prefix: 'events',
  besides: {
    PutRule: { 'iam:PassRole': 'RoleArn' },
    PutTargets: { 'iam:PassRole': 'Targets.RoleArn' },
  },
})

/** What an operation is done to (service authorization reference of EventBridge). */
export function eventsRequests(
  parts: EventsParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  if (operation === 'PutEvents') return busesOf(parts, input, ctx)
  const resource = resourceOf(operation, input, ctx)
  return [{ action: eventsAccess.actionOf(operation), resource }]
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

function resourceOf(operation: string, input: Values, ctx: RequestContext): string {
  const bus = text(input['EventBusName'])
  if (ofRule.test(operation) || operation === 'ListTargetsByRule') {
    const name = text(input['Name']) ?? text(input['Rule']) ?? ''
    return ruleArn(placeOf(bus, ctx), busNameOf(bus), name)
  }
  const named = {
    resource: text(input['ResourceARN']),
    archive: text(input['ArchiveName']),
    replay: text(input['ReplayName']),
  }
  if (named.resource !== undefined) return named.resource
  if (named.archive !== undefined) return archiveArn(ctx, named.archive)
  if (named.replay !== undefined) return replayArn(ctx, named.replay)
  if (operation.endsWith('EventBus')) {
    const name = text(input['Name'])
    return busArn(placeOf(name, ctx), busNameOf(name))
  }
  return '*'
}

/** Each bus once; its own policy may let others in. */
function busesOf({ store }: EventsParts, input: Values, ctx: RequestContext): IamRequest[] {
  const entries = (input['Entries'] ?? []) as { EventBusName?: string }[]
  const names = new Set(entries.map(({ EventBusName }) => EventBusName))
  return [...names].map((given) => {
    const place = placeOf(given, ctx)
    const resource = busArn(place, busNameOf(given))
    const policy = store.bus(place, busNameOf(given))?.policy
    return {
      action: 'events:PutEvents',
      resource,
      resourceAccount: place.account,
      ...(policy && { resourcePolicy: policy }),
    }
  })
}
