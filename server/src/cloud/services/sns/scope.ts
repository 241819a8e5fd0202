import { actionsOf, parsePolicy } from '../../policy/index.ts'
import { invalid } from './model.ts'

// What a topic's policy can't give away although it is done to a topic, as the real service answers; and
// what old policies name that is no action any more.
const beyond = new Set([
  'ConfirmSubscription',
  'CreateTopic',
  'GetSubscriptionAttributes',
  'SetSubscriptionAttributes',
  'TagResource',
  'Unsubscribe',
  'UntagResource',
])
const old = 'Receive'

/** Actions a topic may let others do, without `SNS:`. */
export const topicActions = (): string[] => [
  ...actionsOf('sns')
    .filter(({ resources }) => resources.some(({ kind }) => kind === 'topic'))
    .map(({ action }) => action.slice('sns:'.length))
    .filter((name) => !beyond.has(name)),
  old,
]

export const outOfScope = (where = '') =>
  invalid(`${where}Policy statement action out of service scope!`)

/** Throws where a statement names an action that is none of a topic's. */
export function checkScope(policy: string, where: string): void {
  const known = new Set(topicActions().map((name) => `sns:${name}`.toLowerCase()))
  for (const { actions = [], notActions = [] } of parsePolicy(policy).statements) {
    for (const action of [...actions, ...notActions]) {
      if (!/[*?]/.test(action) && !known.has(action.toLowerCase())) throw outOfScope(where)
    }
  }
}
