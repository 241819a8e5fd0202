type Values = Record<string, unknown>
type Rule = unknown

/**
 * Event filter patterns of Lambda (developer guide, "Lambda event filtering", the rules of EventBridge
 * patterns): a record is wanted when any pattern matches.
 */
export function isWanted(patterns: string[], facts: Values): boolean {
  if (patterns.length === 0) return true
  return patterns.some((text) => matches(JSON.parse(text) as Values, facts))
}

/** What a pattern is refused for; undefined when it is one. */
export function patternProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? undefined : 'it is no JSON object'
  } catch (error) {
    return (error as Error).message
  }
}

function matches(pattern: Values, facts: unknown): boolean {
  return Object.entries(pattern).every(([name, rule]) => {
    if (name === '$or' && Array.isArray(rule)) {
      return rule.some((one) => isObject(one) && matches(one, facts))
    }
    const value = isObject(facts) ? facts[name] : undefined
    if (Array.isArray(rule)) return matchesAny(rule, value)
    return isObject(rule) && isObject(value) && matches(rule, value)
  })
}

function matchesAny(rules: Rule[], value: unknown): boolean {
  // A list of values matches when one of them does.
  const values = Array.isArray(value) && value.length > 0 ? value : [value]
  return rules.some((rule) => values.some((one) => matchesOne(rule, one)))
}

function matchesOne(rule: Rule, value: unknown): boolean {
  if (!isObject(rule)) return rule === value
  return Object.entries(rule).every(([name, operand]) => operators[name]?.(operand, value) === true)
}

const operators: Record<string, (operand: unknown, value: unknown) => boolean> = {
  exists: (operand, value) => (value !== undefined) === operand,
  prefix: (operand, value) => isText(value) && textual(operand, value, 'startsWith'),
  suffix: (operand, value) => isText(value) && textual(operand, value, 'endsWith'),
  'equals-ignore-case': (operand, value) =>
    isText(value) && value.toLowerCase() === String(operand).toLowerCase(),
  wildcard: (operand, value) => isText(value) && wildcard(String(operand)).test(value),
  numeric: (operand, value) => typeof value === 'number' && numeric(operand as unknown[], value),
  'anything-but': (operand, value) => {
    if (value === undefined) return false
    const list = Array.isArray(operand) ? operand : [operand]
    return list.every((one) => !matchesOne(one, value))
  },
}

function textual(operand: unknown, value: string, way: 'startsWith' | 'endsWith'): boolean {
  const plain = isObject(operand) ? operand['equals-ignore-case'] : undefined
  if (plain !== undefined) return value.toLowerCase()[way](String(plain).toLowerCase())
  return value[way](String(operand))
}

/** `[">", 0, "<=", 5]`: all hold. */
function numeric(rule: unknown[], value: number): boolean {
  for (let at = 0; at + 1 < rule.length; at += 2) {
    const bound = Number(rule[at + 1])
    const holds: Record<string, boolean> = {
      '=': value === bound,
      '>': value > bound,
      '>=': value >= bound,
      '<': value < bound,
      '<=': value <= bound,
    }
    if (!holds[String(rule[at])]) return false
  }
  return rule.length > 0
}

function wildcard(pattern: string): RegExp {
  const parts = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[^]*')}$`)
}

const isText = (value: unknown): value is string => typeof value === 'string'

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text that is JSON as its value, other text as it is. */
export function asFacts(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
