import { randomUUID } from 'node:crypto'
import { AwsError, type Operations, type RequestContext, type Sns } from '../../gateway/index.ts'
import { checkArn, invalid } from './model.ts'
import { paged } from './parts.ts'
import type { Settings } from './settings.ts'

const kinds = [
  'ADM',
  'APNS',
  'APNS_SANDBOX',
  'FCM',
  'GCM',
  'BAIDU',
  'MPNS',
  'WNS',
  'MACOS',
  'MACOS_SANDBOX',
]
const SECRETS = ['PlatformCredential', 'PlatformPrincipal']

export type Attributes = Record<string, string>

/**
 * Push applications and the devices registered with them. No push service is behind this cloud: what
 * is published to a device is kept in the mailbox, where it says so.
 */
export function platformOperations(settings: Settings) {
  const { applications, endpoints, application } = readerOf(settings)
  return {
    async CreatePlatformApplication(input, ctx) {
      const { Name: name = '', Platform: platform = '', Attributes: attributes = {} } = input
      if (!/^[\w.-]{1,256}$/.test(name)) throw invalid(`Name Reason: ${name} is not a valid name`)
      if (!kinds.includes(platform)) {
        throw invalid(`Platform Reason: ${platform} is not supported`)
      }
      if (!attributes['PlatformCredential']) {
        throw invalid('Attributes Reason: Platform credentials are invalid')
      }
      const arn = `arn:aws:sns:${ctx.region}:${ctx.account}:app/${platform}/${name}`
      checkSampleRate(attributes)
      const known = applications(ctx)
      if (known[arn])
        return { PlatformApplicationArn: sameApplication(arn, known[arn], attributes) }
      await settings.put(ctx, 'applications', {
        ...known,
        [arn]: { Enabled: 'true', ...attributes },
      })
      return { PlatformApplicationArn: arn }
    },

    GetPlatformApplicationAttributes: (input, ctx) => ({
      Attributes: shown(application(ctx, input.PlatformApplicationArn)),
    }),

    async SetPlatformApplicationAttributes(input, ctx) {
      const found = application(ctx, input.PlatformApplicationArn)
      checkSampleRate(input.Attributes ?? {})
      const changed = { ...found, ...input.Attributes }
      const arn = input.PlatformApplicationArn!
      await settings.put(ctx, 'applications', { ...applications(ctx), [arn]: changed })
      return {}
    },

    ListPlatformApplications(input, ctx) {
      const all = Object.entries(applications(ctx)).map(([arn, attributes]) => ({
        PlatformApplicationArn: arn,
        Attributes: shown(attributes),
      }))
      const { page, ...next } = paged(all, input.NextToken)
      return { PlatformApplications: page, ...next }
    },

    async DeletePlatformApplication(input, ctx) {
      const arn = checkArn('PlatformApplicationArn', input.PlatformApplicationArn)
      const { [arn]: _gone, ...others } = applications(ctx)
      const left = Object.entries(endpoints(ctx)).filter(([, of]) => of['Application'] !== arn)
      await Promise.all([
        settings.put(ctx, 'applications', others),
        settings.put(ctx, 'endpoints', Object.fromEntries(left)),
      ])
      return {}
    },
  } satisfies Operations<Sns>
}

export function endpointOperations(settings: Settings) {
  const { endpoints, application } = readerOf(settings)
  return {
    async CreatePlatformEndpoint(input, ctx) {
      application(ctx, input.PlatformApplicationArn)
      const { Token: token = '', CustomUserData: data, Attributes: more = {} } = input
      if (!token) throw invalid('Token Reason: cannot be empty')
      if (more['Token'] === '') {
        throw invalid('Attributes Reason: Invalid value for attribute: Token: cannot be empty')
      }
      const from = input.PlatformApplicationArn!
      const given = { ...(data !== undefined && { CustomUserData: data }), ...more }
      const same = Object.entries(endpoints(ctx)).find(
        ([, of]) => of['Application'] === from && of['Token'] === token,
      )
      if (same) return { EndpointArn: sameEndpoint(same, given) }
      const arn = `${from.replace(':app/', ':endpoint/')}/${randomUUID()}`
      const made = { Enabled: 'true', ...given, Token: token, Application: from }
      await settings.put(ctx, 'endpoints', { ...endpoints(ctx), [arn]: made })
      return { EndpointArn: arn }
    },

    GetEndpointAttributes(input, ctx) {
      const { Application: _own, ...attributes } = endpointOf(settings, ctx, input.EndpointArn)
      return { Attributes: attributes }
    },

    async SetEndpointAttributes(input, ctx) {
      const found = endpointOf(settings, ctx, input.EndpointArn)
      for (const name of Object.keys(input.Attributes ?? {})) {
        if (!['CustomUserData', 'Enabled', 'Token'].includes(name)) {
          throw invalid(`Attributes Reason: Invalid attribute name: ${name}`)
        }
      }
      const changed = { ...found, ...input.Attributes }
      await settings.put(ctx, 'endpoints', { ...endpoints(ctx), [input.EndpointArn!]: changed })
      return {}
    },

    ListEndpointsByPlatformApplication(input, ctx) {
      application(ctx, input.PlatformApplicationArn)
      const all = Object.entries(endpoints(ctx)).flatMap(([arn, { Application, ...attributes }]) =>
        Application === input.PlatformApplicationArn
          ? [{ EndpointArn: arn, Attributes: attributes }]
          : [],
      )
      const { page, ...next } = paged(all, input.NextToken)
      return { Endpoints: page, ...next }
    },

    async DeleteEndpoint(input, ctx) {
      const arn = checkArn('EndpointArn', input.EndpointArn)
      const { [arn]: _gone, ...others } = endpoints(ctx)
      await settings.put(ctx, 'endpoints', others)
      return {}
    },
  } satisfies Operations<Sns>
}

function readerOf(settings: Settings) {
  const applications = (ctx: Place) => settings.get<Attributes>(ctx, 'applications')
  const endpoints = (ctx: Place) => settings.get<Attributes>(ctx, 'endpoints')
  const application = (ctx: Place, arn: string | undefined) => {
    const relative = checkArn('PlatformApplicationArn', arn).split(':')[5]!
    if (relative.split('/').length !== 3) {
      throw invalid(
        'PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.',
      )
    }
    const found = applications(ctx)[arn!]
    if (!found) throw new AwsError('NotFoundException', 'PlatformApplication does not exist')
    return found
  }
  return { applications, endpoints, application }
}

type Place = Pick<RequestContext, 'account' | 'region'>

/** Throws NotFoundException. */
export function endpointOf(settings: Settings, ctx: Place, arn: string | undefined): Attributes {
  const found = settings.get<Attributes>(ctx, 'endpoints')[checkArn('EndpointArn', arn)]
  if (!found) throw new AwsError('NotFoundException', 'Endpoint does not exist')
  return found
}

export const isEndpoint = (arn: string) => arn.split(':')[5]?.startsWith('endpoint/') === true

function sameApplication(arn: string, known: Attributes, given: Attributes): string {
  const { Enabled: _made, ...before } = known
  const { Enabled: _given, ...after } = given
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  if ([...names].every((name) => before[name] === after[name])) return arn
  throw invalid(
    'Name Reason: An application with the same name but different properties already exists',
  )
}

function checkSampleRate({ SuccessFeedbackSampleRate: rate }: Attributes): void {
  if (rate === undefined || (/^\d+$/.test(rate) && Number(rate) <= 100)) return
  throw invalid(
    `Attributes Reason: Invalid value for attribute: SuccessFeedbackSampleRate: ${rate} value provided is not an integer between 0-100`,
  )
}

/** A token is registered once in an application. */
function sameEndpoint([arn, known]: [string, Attributes], given: Attributes): string {
  if (Object.entries(given).every(([name, value]) => known[name] === value)) return arn
  throw invalid(
    `Token Reason: Endpoint ${arn} already exists with the same Token, but different attributes.`,
  )
}

/** Credentials are never given out again. */
function shown(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !SECRETS.includes(name)))
}
