import type { Target } from '@aws-sdk/client-eventbridge'
import type { EventBridge, Operations } from '../../gateway/index.ts'
import { placeholders, predefined } from './input.ts'
import { parsePath } from './json-path.ts'
import type { Rule } from './model.ts'
import { type EventsParts, paged, ruleOf } from './parts.ts'
import { invalid, tooMany } from './refusals.ts'

const MOST_TARGETS = 5
/** Where events can be brought to. */
const services = ['sqs', 'sns', 'lambda', 'logs', 'kinesis', 'events']

export const targetOperations = (parts: EventsParts) =>
  ({
    async PutTargets(input, ctx) {
      const rule = ruleOf(parts, input.Rule, input.EventBusName, ctx)
      const given = (input.Targets ?? []) as Target[]
      for (const target of given) checkTarget(rule, target)
      const ids = new Set(given.map(({ Id }) => Id))
      const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...given]
      if (targets.length > MOST_TARGETS) throw tooMany()
      await parts.store.put({ ...rule, targets })
      return { FailedEntryCount: 0, FailedEntries: [] }
    },

    async RemoveTargets(input, ctx) {
      const rule = ruleOf(parts, input.Rule, input.EventBusName, ctx)
      const known = new Set(rule.targets.map(({ Id }) => Id))
      const given = input.Ids ?? []
      const targets = rule.targets.filter(({ Id }) => !given.includes(Id!))
      await parts.store.put({ ...rule, targets })
      const FailedEntries = given
        .filter((id) => !known.has(id))
        .map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule ${rule.name} does not have target(s) with ID(s): ${TargetId}.`,
        }))
      return { FailedEntryCount: FailedEntries.length, FailedEntries }
    },

    ListTargetsByRule(input, ctx) {
      const rule = ruleOf(parts, input.Rule, input.EventBusName, ctx)
      const { page, ...next } = paged(rule.targets, input)
      return { Targets: page, ...next }
    },
  }) satisfies Operations<EventBridge>

function checkTarget(rule: Rule, target: Target): void {
  const { Id: id = '', Arn: arn = '', Input, InputPath, InputTransformer } = target
  const [prefix, , service = '', , , name] = arn.split(':')
  if (prefix !== 'arn' || !name) {
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`)
  }
  if (
    !services.includes(service) ||
    (service === 'events' && !/^(event-bus|api-destination)\//.test(name))
  ) {
    throw invalid(
      `Parameter ${arn} is not valid. Reason: Madang brings events to ${services.join(', ')}, not yet to ${service === 'events' ? name.split('/')[0] : service}.`,
    )
  }
  if (asksForRole(service, name) && target.RoleArn === undefined) {
    throw invalid(`RoleArn is required for target ${arn}.`)
  }
  const ways = [Input, InputPath, InputTransformer].filter((one) => one !== undefined)
  if (ways.length > 1) {
    throw invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`,
    )
  }
  checkInput(id, target)
  if (service === 'sqs' && arn.endsWith('.fifo') && !target.SqsParameters?.MessageGroupId) {
    throw invalid(
      `Parameter(s) SqsParameters must be specified for target: ${id} of rule ${rule.name}.`,
    )
  }
}

/** Streams and HTTP endpoints have no policy that could let EventBridge in. */
const asksForRole = (service: string, name: string) =>
  service === 'kinesis' || name.startsWith('api-destination/')

function checkInput(id: string, { Input, InputPath, InputTransformer }: Target): void {
  if (Input !== undefined && !isJson(Input))
    throw invalid(`JSON syntax error in input for target ${id}.`)
  if (InputPath !== undefined && !parsePath(InputPath)) {
    throw invalid(`Invalid JSONPath in InputPath for target ${id}.`)
  }
  if (!InputTransformer) return
  const { InputPathsMap: paths = {}, InputTemplate: template = '' } = InputTransformer
  for (const [name, path] of Object.entries(paths)) {
    if (!parsePath(path)) throw invalid(`Invalid InputPath ${name} for target ${id}.`)
  }
  for (const name of placeholders(template)) {
    if (Object.hasOwn(paths, name) || predefined.includes(name)) continue
    throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${name}.`)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
