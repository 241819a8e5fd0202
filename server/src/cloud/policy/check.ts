import { checkAction, checkIdentity } from './check-identity.ts'
import { isOperator } from './conditions.ts'
import { parsePolicy, type PolicyDocument, PolicyFault, type Statement } from './document.ts'

export type PolicyKind = 'identity' | 'inline' | 'resource' | 'trust'

/** What AWS refuses when a policy is stored, beyond its syntax. Throws PolicyFault in AWS's words. */
export function checkPolicy(text: string, kind: PolicyKind): PolicyDocument {
  if (kind === 'identity' || kind === 'inline') return checkIdentity(text, kind)
  const document = parsePolicy(text)
  for (const statement of document.statements) {
    if (kind === 'trust') checkTrust(statement)
    else if (!statement.principals && !statement.notPrincipals) {
      throw new PolicyFault('Missing required field Principal')
    }
    const actions = statement.actions ?? statement.notActions
    if (!actions?.length) throw new PolicyFault('Missing required field Action')
    actions.forEach(checkAction)
    checkConditions(statement)
  }
  return document
}

function checkTrust(statement: Statement): void {
  if (statement.resources) throw new PolicyFault('Has prohibited field Resource')
  if (statement.notResources) throw new PolicyFault('Has prohibited field NotResource')
  // "You cannot use the NotPrincipal element … in an IAM role trust policy"; said as the two above.
  if (statement.notPrincipals) throw new PolicyFault('Has prohibited field NotPrincipal')
  if (!statement.principals?.length) throw new PolicyFault('Missing required field Principal')
  for (const action of statement.actions ?? []) {
    if (action !== '*' && !action.toLowerCase().startsWith('sts:')) {
      throw new PolicyFault('AssumeRole policy may only specify STS AssumeRole actions.')
    }
  }
  for (const { type, value } of statement.principals ?? []) {
    if (!isPrincipal(type, value)) throw invalidPrincipal(type, value)
  }
}

function isPrincipal(type: string, value: string): boolean {
  if (type === 'AWS') {
    return (
      value === '*' ||
      /^\d{12}$/.test(value) ||
      /^A(?:ID|RO)A\w{12,}$/.test(value) ||
      /^arn:aws[\w-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.)/.test(
        value,
      )
    )
  }
  return type !== 'Service' || /^[\w.-]+\.[\w.-]+$/.test(value)
}

export const invalidPrincipal = (type: string, value: string) =>
  new PolicyFault(`Invalid principal in policy: "${type}":"${value}"`)

function checkConditions(statement: Statement): void {
  for (const condition of statement.conditions) {
    if (!isOperator(condition.operator)) {
      throw new PolicyFault(`Invalid Condition type : ${condition.operator}`)
    }
  }
}
