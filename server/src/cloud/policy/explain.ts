import type { PolicyLayer, Question, Verdict } from './evaluate.ts'

const layerNames: Record<PolicyLayer, string> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
}

// STS says what was refused and not why, unless it was denied outright.
const silent = /^sts:(?:AssumeRole|TagSession|SetSourceIdentity)/

/**
 * IAM's sentence for a refusal, as its services give it ("Troubleshoot access denied error
 * messages" in the IAM user guide). S3 puts the resource in quotation marks.
 */
export function explain(question: Question, verdict: Verdict): string {
  const { action, subject } = question
  const resource = action.startsWith('s3:') ? `"${question.resource}"` : question.resource
  const start = `User: ${subject.arn} is not authorized to perform: ${action} on resource: ${resource}`
  const layer = layerNames[verdict.layer]
  if (verdict.decision === 'explicitDeny') {
    const article = verdict.layer === 'identity' ? 'an' : 'a'
    return `${start} with an explicit deny in ${article} ${layer}${denying(question, verdict)}`
  }
  return silent.test(action) ? start : `${start} because no ${layer} allows the ${action} action`
}

/** Since 2026 the managed policy that denies is told to those of the resource's own account. */
function denying({ subject, resourceAccount }: Question, { policy }: Verdict): string {
  return policy?.startsWith('arn:') && subject.account === resourceAccount ? `: ${policy}` : ''
}
