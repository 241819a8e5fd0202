import type { Question } from './evaluate.ts'

// Services name actions and resources in their refusals in ways of their own, which are not those of
// the question that was asked; the words are theirs, as their clients' issue trackers quote them.

interface Named {
  action: string
  resource: string
}

export function namesInRefusal(question: Question): Named {
  const { action, resource } = question
  const [service = '', verb = ''] = action.split(':')
  switch (service) {
    case 's3':
      return { action, resource: `"${resource}"` }
    case 'sns':
      return { action: `SNS:${verb}`, resource: resource === '*' ? ofAll(question, '*') : resource }
    case 'sqs':
      return {
        action: action.toLowerCase(),
        resource: resource === '*' ? ofAll(question, '') : resource,
      }
    case 'iam':
      return { action, resource: iamResource(question, verb) }
    default:
      return { action, resource }
  }
}

/** What has no resource of its own is asked of all that the account has in the region. */
function ofAll({ action, subject, values }: Question, last: string): string {
  const region = values.get('aws:requestedregion')?.[0] ?? ''
  return `arn:aws:${action.split(':')[0]}:${region}:${subject.account}:${last}`
}

/** Lists are asked of a path. */
const listed: Record<string, string> = {
  ListUsers: 'user',
  ListRoles: 'role',
  ListGroups: 'group',
  ListInstanceProfiles: 'instance-profile',
  ListVirtualMFADevices: 'mfa',
}

const toldByArn = /^(?:Create(?:User|Role|Group|InstanceProfile|ServiceLinkedRole)|PassRole)$/

const entity = /^arn:aws[\w-]*:iam::\d{12}:(user|role|group|instance-profile)\/(?:.*\/)?([^/]+)$/

function iamResource({ resource, subject }: Question, verb: string): string {
  if (verb === 'ListPolicies') return 'policy path /'
  if (Object.hasOwn(listed, verb)) return `arn:aws:iam::${subject.account}:${listed[verb]}/`
  if (toldByArn.test(verb)) return resource
  if (verb === 'CreatePolicy') return `policy ${resource.split('/').at(-1)}`
  if (/:iam::(?:\d{12}|aws):policy\//.test(resource)) return `policy ${resource}`
  const [, kind, name] = entity.exec(resource) ?? []
  return kind ? `${kind.replace('-', ' ')} ${name}` : resource
}
