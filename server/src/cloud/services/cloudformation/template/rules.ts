import type { TemplateParameter, TemplateRule } from './model.ts'
import { asCall, invalid, isStructure, type Structure, type Value } from './value.ts'

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html

/** The Rules section; every function in it is one that Rules know. */
export function readRules(section: Structure): TemplateRule[] {
  return Object.entries(section).map(([name, rule]) => {
    const given = isStructure(rule) ? rule : {}
    const unknown = Object.keys(given).find(
      (member) => member !== 'RuleCondition' && member !== 'Assertions',
    )
    if (unknown !== undefined) throw invalid(`Invalid template rule property '${unknown}'`)
    const assertions = given['Assertions']
    if (!Array.isArray(assertions) || assertions.length === 0) {
      throw invalid(`Template format error: Rule ${name} must contain a list of Assertions.`)
    }
    checkFunctions(name, given['RuleCondition'])
    return {
      name,
      condition: given['RuleCondition'],
      assertions: assertions.map((item) => assertionOf(name, item)),
    }
  })
}

function assertionOf(rule: string, item: Value): TemplateRule['assertions'][number] {
  if (!isStructure(item) || item['Assert'] === undefined) {
    throw invalid(`Template format error: Every Assertions member of rule ${rule} needs an Assert.`)
  }
  checkFunctions(rule, item['Assert'])
  const description = item['AssertDescription']
  return {
    assert: item['Assert'],
    description: description === undefined ? undefined : String(description),
  }
}

/** How many arguments each function of a rule takes; undefined: one that is no list. */
const functions: Record<string, readonly [number, number] | undefined> = {
  Ref: undefined,
  'Fn::RefAll': undefined,
  'Fn::ValueOf': [2, 2],
  'Fn::ValueOfAll': [2, 2],
  'Fn::And': [2, 10],
  'Fn::Or': [2, 10],
  'Fn::Not': [1, 1],
  'Fn::Equals': [2, 2],
  'Fn::Contains': [2, 2],
  'Fn::EachMemberEquals': [2, 2],
  'Fn::EachMemberIn': [2, 2],
}

function checkFunctions(rule: string, value: Value | undefined): void {
  if (Array.isArray(value)) return value.forEach((item) => checkFunctions(rule, item))
  if (!isStructure(value)) return
  const [name, argument] = asCall(value) ?? []
  if (name === undefined || !Object.hasOwn(functions, name)) {
    const found = Object.keys(value).join(', ')
    throw invalid(`Template format error: Rule ${rule} holds the unsupported function ${found}.`)
  }
  const [least, most] = functions[name] ?? []
  if (least === undefined || most === undefined) return
  if (!Array.isArray(argument) || argument.length < least || argument.length > most) {
    throw invalid(`Template format error: ${name} in rule ${rule} has the wrong arguments.`)
  }
  checkFunctions(rule, argument)
}

/** Refuses parameters that a rule whose condition holds asserts otherwise. */
export function checkRules(
  rules: TemplateRule[],
  declared: Record<string, TemplateParameter>,
  values: Record<string, Value>,
): void {
  const judge = new Judge(declared, values)
  for (const { name, condition, assertions } of rules) {
    if (condition !== undefined && !judge.holds(condition)) continue
    const broken = assertions.find(({ assert }) => !judge.holds(assert))
    if (broken) throw invalid(broken.description ?? `Rule ${name} failed its assertion.`)
  }
}

class Judge {
  readonly #declared: Record<string, TemplateParameter>
  readonly #values: Record<string, Value>

  constructor(declared: Record<string, TemplateParameter>, values: Record<string, Value>) {
    this.#declared = declared
    this.#values = values
  }

  holds(expression: Value): boolean {
    const [name, argument] = asCall(expression) ?? []
    const items = Array.isArray(argument) ? argument : []
    if (name === 'Fn::And') return items.every((item) => this.holds(item))
    if (name === 'Fn::Or') return items.some((item) => this.holds(item))
    if (name === 'Fn::Not') return !this.holds(items[0]!)
    const [left, right] = items.map((item) => this.#texts(item))
    if (left && right) {
      if (name === 'Fn::Equals') return left.join() === right.join()
      if (name === 'Fn::Contains') return right.every((text) => left.includes(text))
      if (name === 'Fn::EachMemberEquals') return left.every((text) => text === right.join())
      if (name === 'Fn::EachMemberIn') return left.every((text) => right.includes(text))
    }
    throw invalid('Template format error: A rule must come down to true or false.')
  }

  #texts(value: Value): string[] {
    if (Array.isArray(value)) return value.flatMap((item) => this.#texts(item))
    const [name, argument] = asCall(value) ?? []
    if (name === undefined) return [String(value)]
    if (name === 'Ref') return this.#reference(String(argument))
    if (name === 'Fn::RefAll') {
      const all = Object.keys(this.#declared).filter(
        (key) => this.#declared[key]!.type === argument,
      )
      return all.flatMap((key) => this.#reference(key))
    }
    // They ask for attributes of VPCs, subnets and hosted zones.
    throw invalid(`${name} needs EC2 or Route 53; this cloud has no such service yet.`)
  }

  #reference(name: string): string[] {
    const value = this.#values[name]
    if (value === undefined) {
      throw invalid(
        `Template format error: Unresolved dependencies [${name}]. ` +
          'Cannot reference resources in the Rules block of the template',
      )
    }
    return Array.isArray(value) ? value.map(String) : [String(value)]
  }
}
