import type { Operations, Sns } from '../../gateway/index.ts'
import { checkTopicArn, invalid, parseObject, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'
import { outOfScope, topicActions } from './scope.ts'
import { defaultPolicy, setAttribute } from './topics.ts'

interface Policy {
  Statement: { Sid?: string }[]
}

export const permissionOperations = (parts: SnsParts) =>
  ({
    async AddPermission(input, ctx) {
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      const { Label: label = '', AWSAccountId: accounts = [], ActionName: named = [] } = input
      const known = topicActions()
      if (named.some((action) => !known.includes(action))) throw outOfScope()
      if (!accounts.every((account) => /^\d{12}$/.test(account))) {
        throw invalid('A provided account ID is not valid')
      }
      const policy = policyOf(topic)
      if (policy.Statement.some(({ Sid }) => Sid === label))
        throw invalid('Statement already exists')
      const roots = accounts.map((account) => `arn:aws:iam::${account}:root`)
      const given = named.map((action) => `SNS:${action}`)
      const statement = {
        Sid: label,
        Effect: 'Allow',
        Principal: { AWS: roots.length === 1 ? roots[0] : roots },
        Action: given.length === 1 ? given[0] : given,
        Resource: topic.arn,
      }
      policy.Statement.push(statement)
      await setAttribute(parts, topic, 'Policy', JSON.stringify(policy))
      return {}
    },

    async RemovePermission(input, ctx) {
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      const policy = policyOf(topic)
      const Statement = policy.Statement.filter(({ Sid }) => Sid !== input.Label)
      await setAttribute(parts, topic, 'Policy', JSON.stringify({ ...policy, Statement }))
      return {}
    },
  }) satisfies Operations<Sns>

function policyOf(topic: Topic): Policy {
  const set = parseObject(topic.attributes['Policy'] ?? '')
  if (!set) return structuredClone(defaultPolicy(topic))
  return { ...set, Statement: [set['Statement']].flat() as Policy['Statement'] }
}
