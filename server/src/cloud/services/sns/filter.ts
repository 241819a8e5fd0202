import { compilePattern, matchesPattern, type Pattern } from '../../patterns/index.ts'
import { type Published, textFor } from './message.ts'
import { parseObject, type Subscription } from './model.ts'

/** By the subscription as it was last set. */
const compiled = new WeakMap<Subscription, Pattern>()

/** Whether its filter policy lets a message through; a body that is no JSON object passes none. */
export function isWanted(subscription: Subscription, message: Published): boolean {
  const { attributes, protocol } = subscription
  const text = attributes['FilterPolicy']
  if (text === undefined) return true
  let pattern = compiled.get(subscription)
  if (!pattern) compiled.set(subscription, (pattern = compilePattern(text)))
  const facts =
    attributes['FilterPolicyScope'] === 'MessageBody'
      ? parseObject(textFor(message, protocol))
      : attributeFacts(message)
  return facts !== undefined && matchesPattern(pattern, facts)
}

/** A String.Array's elements are its values, a Number's is a number; no policy sees a Binary. */
function attributeFacts({ attributes }: Published): Record<string, unknown> {
  const facts: Record<string, unknown> = {}
  for (const [name, { type, text = '' }] of Object.entries(attributes)) {
    if (type === 'Number' || type.startsWith('Number.')) facts[name] = Number(text)
    else if (type === 'String.Array') facts[name] = parsedArray(text)
    else if (!type.startsWith('Binary')) facts[name] = text
  }
  return facts
}

function parsedArray(text: string): unknown {
  const wrapped = parseObject(`{"list":${text}}`)
  return wrapped ? wrapped['list'] : text
}
