import type { Values } from './protocol.ts'

/** A member of an output whose JSON is at hand: the JSON protocols put it into the answer as it is. */
export class JsonText {
  readonly text: string
  readonly value: () => unknown

  constructor(text: string, value: () => unknown) {
    this.text = text
    this.value = value
  }
}

/**
 * For an operation's own members, not for what is inside them. `text` is what the JSON protocols would
 * write for `value`; everybody else is given the value itself. Typed as what it stands for.
 */
export function asJsonText<T>(text: string, value: () => T): T {
  return new JsonText(text, value) as unknown as T
}

export function hasJsonText(output: Values): boolean {
  for (const name in output) if (output[name] instanceof JsonText) return true
  return false
}

/** The output with values in place of texts. */
export function withValues(output: Values): Values {
  if (!hasJsonText(output)) return output
  const out: Values = {}
  for (const name in output) {
    const member = output[name]
    out[name] = member instanceof JsonText ? member.value() : member
  }
  return out
}
