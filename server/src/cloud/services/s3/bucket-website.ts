import type { Operations, S3 } from '../../gateway/index.ts'
import type { S3Parts } from './parts.ts'
import { invalidArgument, invalidRequest, malformedXml } from './refusals.ts'
import type { WebsiteConfiguration } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

type Rule = NonNullable<WebsiteConfiguration['RoutingRules']>[number]

const MOST_RULES = 50

export function bucketWebsiteOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketWebsite: (input) =>
      settings.get(input, 'website', [
        'NoSuchWebsiteConfiguration',
        'The specified bucket does not have a website configuration',
      ]),
    PutBucketWebsite(input) {
      settings.bucket(input)
      const website = input.WebsiteConfiguration ?? {}
      checkWebsite(website)
      return settings.put(input, { website })
    },
    DeleteBucketWebsite: (input) => settings.put(input, { website: undefined }),
  } satisfies Operations<S3>
}

function checkWebsite(website: WebsiteConfiguration): void {
  const { RedirectAllRequestsTo: all, IndexDocument, ErrorDocument, RoutingRules } = website
  if (all) {
    if (IndexDocument || ErrorDocument || RoutingRules) {
      const message =
        'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.'
      throw invalidArgument('RedirectAllRequestsTo', 'not null', message)
    }
    if (all.HostName === undefined) throw malformedXml()
    if (all.HostName === '') {
      throw invalidRequest(
        'A host name must be provided to redirect all requests (e.g. "example.com").',
      )
    }
    return checkProtocol(all.Protocol)
  }
  if (!IndexDocument) {
    const message =
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty'
    throw invalidArgument('IndexDocument', 'null', message)
  }
  const { Suffix } = IndexDocument
  if (!Suffix || Suffix.includes('/')) {
    const message = 'The IndexDocument Suffix is not well formed'
    throw invalidArgument('IndexDocument', Suffix ?? '', message)
  }
  if (ErrorDocument && ErrorDocument.Key === undefined) throw malformedXml()
  if (ErrorDocument?.Key === '') {
    throw invalidArgument('ErrorDocument', '', 'The ErrorDocument Key is not well formed')
  }
  if (RoutingRules) checkRules(RoutingRules)
}

function checkRules(rules: Rule[]): void {
  if (rules.length === 0) throw malformedXml()
  if (rules.length > MOST_RULES) {
    throw invalidRequest(
      `${rules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${MOST_RULES}.`,
    )
  }
  for (const { Redirect, Condition } of rules) {
    if (!Redirect || Object.keys(Redirect).length === 0) throw malformedXml()
    if (Condition && Object.values(Condition).every((value) => value === undefined)) {
      throw invalidRequest(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
      )
    }
    checkProtocol(Redirect.Protocol)
    if (Redirect.ReplaceKeyPrefixWith !== undefined && Redirect.ReplaceKeyWith !== undefined) {
      throw invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.')
    }
    checkCodes(Condition?.HttpErrorCodeReturnedEquals, Redirect.HttpRedirectCode)
  }
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol === undefined || protocol === 'http' || protocol === 'https') return
  throw invalidRequest(
    'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
  )
}

function checkCodes(error: string | undefined, redirect: string | undefined): void {
  for (const code of [error, redirect]) {
    if (code !== undefined && !/^\d+$/.test(code)) throw malformedXml()
  }
  // Up to the ones HTTP has had from the beginning.
  if (error !== undefined && !/^(40\d|41[0-7]|50[0-5])$/.test(error)) {
    throw invalidRequest(
      `The provided HTTP error code (${error}) is not valid. Valid codes are 4XX or 5XX.`,
    )
  }
  if (redirect !== undefined && !/^30[1-578]$/.test(redirect)) {
    throw invalidRequest(
      `The provided HTTP redirect code (${redirect}) is not valid. Valid codes are 3XX except 300.`,
    )
  }
}
