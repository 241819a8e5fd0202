import type { EventBridge, Operations } from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import type { Bus, Policy, Statement } from './model.ts'
import { busOf, type EventsParts } from './parts.ts'
import { badParameter, invalid, noStatement } from './refusals.ts'

/** Who else may put events on a bus. */
export const permissionOperations = (parts: EventsParts) => {
  const keep = (bus: Bus, policy: Policy | undefined, now: number) =>
    parts.store.put({ ...bus, policy, modifiedAt: now })
  return {
    async PutPermission(input, ctx) {
      const bus = busOf(parts, input.EventBusName, ctx)
      if (input.Policy !== undefined) {
        await keep(bus, parsed(input.Policy), ctx.now)
        return {}
      }
      const { StatementId: Sid, Principal: principal, Action, Condition: condition } = input
      if (Sid === undefined || principal === undefined || Action === undefined) {
        throw invalid('Parameters StatementId, Principal and Action, or Policy, must be specified.')
      }
      if (principal !== '*' && !/^\d{12}$/.test(principal)) {
        throw badParameter('Principal', 'Principal must be * or an account id.')
      }
      const statement: Statement = {
        Sid,
        Effect: 'Allow',
        Principal: principal === '*' ? '*' : { AWS: `arn:aws:iam::${principal}:root` },
        Action,
        Resource: bus.arn,
        ...(condition && {
          Condition: { [condition.Type!]: { [condition.Key!]: condition.Value! } },
        }),
      }
      const before = bus.policy ?? { Version: '2012-10-17', Statement: [] }
      const others = before.Statement.filter((one) => one.Sid !== Sid)
      await keep(bus, { ...before, Statement: [...others, statement] }, ctx.now)
      return {}
    },

    async RemovePermission(input, ctx) {
      const bus = busOf(parts, input.EventBusName, ctx)
      if (input.RemoveAllPermissions) {
        await keep(bus, undefined, ctx.now)
        return {}
      }
      const { policy } = bus
      const kept = policy?.Statement.filter(({ Sid }) => Sid !== input.StatementId)
      if (!policy || kept!.length === policy.Statement.length) throw noStatement()
      await keep(bus, kept!.length > 0 ? { ...policy, Statement: kept! } : undefined, ctx.now)
      return {}
    },
  } satisfies Operations<EventBridge>
}

function parsed(text: string): Policy {
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (error instanceof PolicyFault) throw badParameter('Policy', error.message)
    throw error
  }
  const policy = JSON.parse(text) as Policy & { Statement: Statement | Statement[] }
  return { ...policy, Statement: [policy.Statement].flat() }
}
