import type { PolicyLayer, Question, Verdict } from './evaluate.ts'
import { namesInRefusal } from './refusal-names.ts'

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
 * messages" in the IAM user guide).
 */
export function explain(question: Question, verdict: Verdict): string {
  const { action, resource } = namesInRefusal(question)
  const start = `User: ${question.subject.arn} is not authorized to perform: ${action} on resource: ${resource}`
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
