import { isOperator } from './conditions.ts'
import { parsePolicy, type PolicyDocument, PolicyFault, type Statement } from './document.ts'

export type PolicyKind = 'identity' | 'resource' | 'trust'

/** What AWS refuses when a policy is stored, beyond its syntax. Throws PolicyFault in AWS's words. */
export function checkPolicy(text: string, kind: PolicyKind): PolicyDocument {
  const document = parsePolicy(text)
  for (const statement of document.statements) {
    if (kind === 'identity') checkIdentity(statement, document.version)
    else if (kind === 'trust') checkTrust(statement)
    else if (!statement.principals && !statement.notPrincipals) {
      throw new PolicyFault('Missing required field Principal')
    }
    checkActions(statement)
    checkConditions(statement)
  }
  return document
}

function checkIdentity(statement: Statement, version: string): void {
  if (version !== '2012-10-17') {
    throw new PolicyFault('Policy document must be version 2012-10-17 or greater.')
  }
  if (statement.principals || statement.notPrincipals) {
    throw new PolicyFault('Policy document should not specify a principal.')
  }
  if (!/^[0-9A-Za-z]*$/.test(statement.sid ?? '')) {
    throw new PolicyFault(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
  }
  const resources = statement.resources ?? statement.notResources
  if (!resources?.length) throw new PolicyFault('Policy statement must contain resources.')
  for (const resource of resources) {
    if (resource !== '*' && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:./.test(resource)) {
      throw new PolicyFault(`Resource ${resource} must be in ARN format or "*".`)
    }
  }
}

function checkTrust(statement: Statement): void {
  if (statement.resources || statement.notResources) {
    throw new PolicyFault('Has prohibited field Resource')
  }
  if (!statement.principals?.length) throw new PolicyFault('Missing required field Principal')
  for (const action of statement.actions ?? []) {
    if (action !== '*' && !action.toLowerCase().startsWith('sts:')) {
      throw new PolicyFault('AssumeRole policy may only specify STS AssumeRole actions.')
    }
  }
  for (const { type, value } of statement.principals) {
    const known =
      type === 'AWS'
        ? value === '*' || /^\d{12}$/.test(value) || /^arn:aws[\w-]*:(iam|sts)::/.test(value)
        : type !== 'Service' || /^[\w.-]+\.[\w.-]+$/.test(value)
    if (!known) throw new PolicyFault(`Invalid principal in policy: "${type}":"${value}"`)
  }
}

function checkActions(statement: Statement): void {
  const actions = statement.actions ?? statement.notActions
  if (!actions?.length) throw new PolicyFault('Policy statement must contain actions.')
  for (const action of actions) {
    if (action === '*') continue
    const [vendor, ...rest] = action.split(':')
    if (rest.length === 0) {
      throw new PolicyFault(
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      )
    }
    if (rest.length > 1) throw new PolicyFault('Actions/Condition can contain only one colon.')
    if (!/^[a-zA-Z0-9-]+$/.test(vendor!)) throw new PolicyFault(`Vendor ${vendor} is not valid`)
  }
}

function checkConditions(statement: Statement): void {
  for (const condition of statement.conditions) {
    if (!isOperator(condition.operator)) {
      throw new PolicyFault(`Invalid Condition type : ${condition.operator}`)
    }
  }
}
