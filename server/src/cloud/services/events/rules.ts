import type { EventBridge, Input, Operations, RequestContext } from '../../gateway/index.ts'
import { type Bus, DEFAULT_BUS, type Rule, ruleArn } from './model.ts'
import { busOf, checkPattern, type EventsParts, paged, ruleOf, tagsOf } from './parts.ts'
import { invalid } from './refusals.ts'
import { parseSchedule } from './schedule.ts'
import type { Schedules } from './schedules.ts'

export const ruleOperations = (parts: EventsParts, schedules: Schedules) => {
  const switchTo = async (rule: Rule, state: Rule['state'], now: number) => {
    const next = { ...rule, state }
    await parts.store.put(next, (tx) => schedules.settle(tx, next, now))
    return {}
  }
  return {
    async PutRule(input, ctx) {
      const rule = ruleFrom(parts, input, ctx)
      await parts.store.put(rule, (tx) => schedules.settle(tx, rule, ctx.now))
      return { RuleArn: rule.arn }
    },

    async DeleteRule(input, ctx) {
      const { name, account, region } = busOf(parts, input.EventBusName, ctx)
      const rule = parts.store.rule({ account, region }, name, input.Name!)
      if (!rule) return {}
      if (rule.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.")
      await parts.store.remove(rule, (tx) => schedules.cancel(tx, rule))
      return {}
    },

    DescribeRule(input, ctx) {
      const rule = ruleOf(parts, input.Name, input.EventBusName, ctx)
      return { ...shown(rule), CreatedBy: rule.createdBy }
    },

    ListRules(input, ctx) {
      const bus = busOf(parts, input.EventBusName, ctx)
      const all = rulesOn(parts, bus).filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
      const { page, ...next } = paged(all, input)
      return { Rules: page.map(shown), ...next }
    },

    EnableRule: (input, ctx) =>
      switchTo(ruleOf(parts, input.Name, input.EventBusName, ctx), 'ENABLED', ctx.now),

    DisableRule: (input, ctx) =>
      switchTo(ruleOf(parts, input.Name, input.EventBusName, ctx), 'DISABLED', ctx.now),

    ListRuleNamesByTarget(input, ctx) {
      const bus = busOf(parts, input.EventBusName, ctx)
      const names = rulesOn(parts, bus)
        .filter(({ targets }) => targets.some(({ Arn }) => Arn === input.TargetArn))
        .map(({ name }) => name)
      const { page, ...next } = paged(names, input)
      return { RuleNames: page, ...next }
    },
  } satisfies Operations<EventBridge>
}

function rulesOn({ store }: EventsParts, { arn }: Bus): Rule[] {
  const rules = store.fedBy(arn).filter((one) => one.kind === 'rule')
  return rules.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function ruleFrom(
  parts: EventsParts,
  input: Input<EventBridge, 'PutRule'>,
  ctx: RequestContext,
): Rule {
  const { Name: name = '', EventPattern: pattern, ScheduleExpression: schedule } = input
  const bus = busOf(parts, input.EventBusName, ctx)
  if (!pattern && !schedule) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  }
  if (pattern) checkPattern(parts, pattern)
  if (schedule) {
    if (bus.name !== DEFAULT_BUS) {
      throw invalid('ScheduleExpression is supported only on the default event bus.')
    }
    if (!parseSchedule(schedule)) throw invalid('Parameter ScheduleExpression is not valid.')
  }
  const { account, region } = bus
  const before = parts.store.rule(bus, bus.name, name)
  return {
    kind: 'rule',
    arn: ruleArn(bus, bus.name, name),
    name,
    bus: bus.name,
    account,
    region,
    pattern: pattern || undefined,
    schedule: schedule || undefined,
    state: input.State ?? 'ENABLED',
    description: input.Description,
    roleArn: input.RoleArn,
    createdBy: ctx.account,
    targets: before?.targets ?? [],
    // A rule's tags are changed by TagResource only (API reference of PutRule).
    tags: before?.tags ?? tagsOf(input.Tags),
  }
}

const shown = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
  ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
  State: rule.state,
  ...(rule.description !== undefined && { Description: rule.description }),
  ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
  EventBusName: rule.bus,
})
