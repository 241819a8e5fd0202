// The order and the words of the checks were seen in answers of the real service to some eighty
// malformed documents; where a check makes no sense (the text before the first colon may be
// anything), it is the real one's.

const iamPaths = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]

const partitions = new Set(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-eusc', '*'])

/** Why a `Resource` or `NotResource` of an identity policy is refused; undefined when it isn't. */
export function resourceFault(resource: string): string | undefined {
  if (resource === '*') return undefined
  if (!resource.includes(':')) return `Resource ${resource} must be in ARN format or "*".`
  const [, partition = '', ...rest] = resource.split(':')
  if (!partitions.has(partition)) {
    const padded = [...rest, '*', '*', '*', '*'].slice(0, Math.max(4, rest.length))
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${padded.join(':')}".`
  }
  const [service] = rest
  if (service === undefined || /[*?]/.test(service)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  return placeFault(resource, rest)
}

function placeFault(resource: string, [service, region, account, ...path]: string[]) {
  const hasRegion = region !== undefined && region !== '' && region !== '*'
  if (service === 's3' && hasRegion && !account) {
    return `Resource ${resource} can not contain region information.`
  }
  if (service !== 'iam') return undefined
  if (hasRegion) return `IAM resource ${resource} cannot contain region information.`
  const target = path.join(':')
  if (target === '' || isIamPath(target)) return undefined
  return `IAM resource path must either be "*", root, or start with ${iamPaths.join(', ')}.`
}

function isIamPath(target: string): boolean {
  const head = target.split('/')[0]!
  return target === 'root' || /[*?$]/.test(head) || iamPaths.some((path) => target.startsWith(path))
}

/** The older parser's rule, asked only where no resource has another fault. */
export function isLegacyResource(resource: string): boolean {
  if (resource === '*') return true
  const parts = resource.split(':')
  if (parts[2] === '') return false
  return parts.length >= 6 || !resource.includes('::')
}
