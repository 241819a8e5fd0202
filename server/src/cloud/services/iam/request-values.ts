import type { IamRequest, RequestContext } from '../../gateway/index.ts'
import type { Values } from '../../policy/index.ts'
import type { Standing } from './subjects.ts'

type RequestParts = Pick<
  RequestContext,
  'principal' | 'http' | 'region' | 'now' | 'originUrl' | 'account' | 'via'
>

/** The global condition keys of a request ("AWS global condition context keys"), and its own. */
export function requestValues(
  standing: Standing,
  ctx: RequestParts,
  request: Pick<IamRequest, 'context' | 'resourceAccount'>,
): Values {
  const { principal, http } = ctx
  const values: Values = principalValues(standing, ctx)
  const set = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') values.set(key, [value])
  }
  set('aws:sourceip', http.sourceIp)
  set('aws:securetransport', String(isSecure(ctx)))
  set('aws:useragent', http.headers['user-agent'])
  set('aws:referer', http.headers['referer'])
  set('aws:requestedregion', ctx.region)
  set('aws:resourceaccount', request.resourceAccount ?? ctx.account)
  set('aws:currenttime', new Date(ctx.now).toISOString())
  set('aws:epochtime', String(Math.floor(ctx.now / 1000)))
  setVia(values, ctx.via ?? [])
  set('aws:principalisawsservice', String(principal.kind === 'service'))
  addAll(values, request.context)
  return values
}

/** What never leaves the machine can be read on no wire: as browsers have it of their own machine. */
const isSecure = ({ originUrl, http }: RequestParts): boolean =>
  originUrl.startsWith('https:') || /^(?:::ffff:)?127\.|^::1$/.test(http.sourceIp)

/** Services that act in the principal's name; not those that have a role of their own. */
function setVia(values: Values, via: readonly string[]): void {
  values.set('aws:viaawsservice', [String(via.length > 0)])
  if (via.length === 0) return
  values.set('aws:calledvia', [...via])
  values.set('aws:calledviafirst', [via[0]!])
  values.set('aws:calledvialast', [via.at(-1)!])
}

const principalTypes = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  service: 'Service',
  federated: 'FederatedUser',
  anonymous: 'Anonymous',
}

function principalValues(standing: Standing, { principal }: RequestParts): Values {
  const { subject } = standing
  const values: Values = new Map()
  addAll(
    values,
    Object.fromEntries(
      Object.entries(standing.tags).map(([name, value]) => [`aws:PrincipalTag/${name}`, value]),
    ),
  )
  if (subject.kind === 'anonymous') {
    values.set('aws:principaltype', ['Anonymous'])
    return values
  }
  values.set('aws:principalarn', [subject.roleArn ?? subject.arn])
  values.set('aws:principalaccount', [subject.account])
  values.set('aws:userid', [principal.userId])
  const isLent = subject.arn.includes(':federated-user/')
  values.set('aws:principaltype', [isLent ? 'FederatedUser' : principalTypes[subject.kind]])
  if (subject.service) values.set('aws:principalservicename', [subject.service])
  if (subject.kind === 'user' && !isLent) {
    values.set('aws:username', [subject.arn.split('/').at(-1)!])
  }
  if (principal.accessKeyId?.startsWith('ASIA')) {
    // Only temporary credentials say whether a device was asked for; keys of a user say nothing.
    values.set('aws:multifactorauthpresent', ['false'])
  }
  addAll(values, principal.context)
  return values
}

function addAll(values: Values, more: Record<string, string | string[]> | undefined): void {
  for (const [key, value] of Object.entries(more ?? {})) {
    values.set(key.toLowerCase(), Array.isArray(value) ? value : [value])
  }
}
