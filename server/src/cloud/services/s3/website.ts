import {
  type Aws,
  AwsError,
  type IncomingHttp,
  type OutgoingHttp,
  type RawContext,
  type RawRoute,
  type RequestPlace,
} from '../../gateway/index.ts'
import type { Bucket } from './model.ts'
import type { S3Parts } from './parts.ts'
import { identifiersOf } from './raw-answers.ts'
import { errorPage, type PageFault } from './website-page.ts'
import { redirectTo, routeBefore, routeOnError } from './website-rules.ts'
import type { WebsiteConfiguration } from './sdk-shapes.ts'

const PATH = '/_madang/website/'

/** Sites at `http://<bucket>.s3-website-<region>.localhost:<port>/`, and below a path for curl. */
export function websiteRoute(parts: S3Parts, hostNames: string[]): RawRoute {
  return {
    name: 's3-website',
    matches: (_request, place) => siteOf(place, hostNames) !== undefined,
    async handle(request, ctx) {
      const site = siteOf(ctx, hostNames)!
      const answer = await visit(parts, site, request, ctx)
      return request.method === 'HEAD' ? { ...answer, body: undefined } : answer
    },
  }
}

async function visit(parts: S3Parts, site: Site, request: IncomingHttp, ctx: RawContext) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'The specified method is not allowed against this resource.'
    const members = { Method: request.method, ResourceType: 'OBJECT' }
    return errorPage({ status: 405, code: 'MethodNotAllowed', message, members }, ctx.requestId)
  }
  const members = { BucketName: site.bucket }
  const bucket = parts.buckets.get(site.bucket)
  if (!bucket) {
    const message = 'The specified bucket does not exist'
    return errorPage({ status: 404, code: 'NoSuchBucket', message, members }, ctx.requestId)
  }
  const { website } = bucket.settings
  if (website) return serve({ ...site, bucket, website, request, ctx, parts })
  const message = 'The specified bucket does not have a website configuration'
  const code = 'NoSuchWebsiteConfiguration'
  return errorPage({ status: 404, code, message, members }, ctx.requestId)
}

interface Site {
  bucket: string
  key: string
  /** What precedes the key in links back to the site. */
  root: string
}

function siteOf({ host, path }: RequestPlace, hostNames: string[]): Site | undefined {
  if (path.startsWith(PATH)) {
    const [bucket = '', ...rest] = path.slice(PATH.length).split('/')
    return { bucket, key: decode(rest.join('/')), root: `${PATH}${bucket}/` }
  }
  const name = /^(.+)\.s3-website(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.(.+)$/.exec(host)
  if (!name || !(hostNames.includes(name[2]!) || name[2] === 'amazonaws.com')) return undefined
  return { bucket: name[1]!, key: decode(path.slice(1)), root: '/' }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Serving {
  bucket: Bucket
  website: WebsiteConfiguration
  request: IncomingHttp
  key: string
  root: string
  ctx: RawContext
  parts: S3Parts
}

/** Visitors are nobody in particular: a site's objects are readable by its bucket's policy. */
function visitor({ ctx, bucket }: Serving): Aws {
  const principal = {
    kind: 'anonymous' as const,
    account: bucket.account,
    arn: '*',
    userId: 'anonymous',
  }
  return ctx.as({ principal, region: bucket.region })
}

async function serve(serving: Serving): Promise<OutgoingHttp> {
  const { website, key } = serving
  const all = website.RedirectAllRequestsTo
  if (all) {
    const scheme = all.Protocol ?? new URL(serving.ctx.originUrl).protocol.slice(0, -1)
    return redirectTo(301, `${scheme}://${all.HostName}/${encodeURI(key)}`)
  }
  const home = serving.ctx.originUrl + serving.root
  const before = routeBefore(website, key, home)
  if (before) return before
  const suffix = website.IndexDocument!.Suffix!
  const wanted = key === '' || key.endsWith('/') ? key + suffix : key
  try {
    return await page(serving, wanted, 200)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const folder = wanted === key && (await exists(serving, `${key}/${suffix}`))
    if (folder) return redirectTo(302, `${serving.root}${encodeURI(key)}/`)
    const status = error.status === 304 ? 304 : error.code === 'NoSuchKey' ? 404 : 403
    if (status === 304) return { status, headers: [] }
    const routed = routeOnError(website, key, status, home)
    if (routed) return routed
    return errorDocument(serving, status, faultOf(status, error, wanted))
  }
}

async function errorDocument(
  serving: Serving,
  status: number,
  fault: PageFault,
): Promise<OutgoingHttp> {
  const { ErrorDocument } = serving.website
  if (!ErrorDocument?.Key) return errorPage(fault, serving.ctx.requestId)
  try {
    return await page(serving, ErrorDocument.Key, status)
  } catch (second) {
    if (!(second instanceof AwsError)) throw second
    const why = faultOf(second.status ?? 403, second, ErrorDocument.Key)
    return errorPage(fault, serving.ctx.requestId, why)
  }
}

const faultOf = (status: number, { code, message }: AwsError, Key: string): PageFault => ({
  status,
  code,
  message,
  ...(code === 'NoSuchKey' && { members: { Key } }),
})

async function exists(serving: Serving, Key: string): Promise<boolean> {
  const { objects } = serving.parts
  const found = await objects.latest(serving.bucket.name, Key)
  return found !== undefined && !found.isMarker
}

async function page(serving: Serving, Key: string, status: number): Promise<OutgoingHttp> {
  const { bucket, request } = serving
  const object = await visitor(serving).s3.getObject({
    Bucket: bucket.name,
    Key,
    ...(status === 200 && conditionsOf(request)),
  })
  if (object.WebsiteRedirectLocation) return redirectTo(301, object.WebsiteRedirectLocation)
  const headers: [string, string][] = [
    ...identifiersOf(serving.ctx.requestId),
    ['Content-Type', object.ContentType ?? 'binary/octet-stream'],
    ['Content-Length', String(object.ContentLength)],
    ['ETag', object.ETag!],
    ['Last-Modified', object.LastModified!.toUTCString()],
  ]
  const optional: [string, string | undefined][] = [
    ['Content-Encoding', object.ContentEncoding],
    ['Content-Disposition', object.ContentDisposition],
    ['Cache-Control', object.CacheControl],
    ['Content-Language', object.ContentLanguage],
    ['Content-Range', object.ContentRange],
    ['x-amz-version-id', object.VersionId],
  ]
  for (const [name, value] of optional) if (value) headers.push([name, value])
  for (const [name, value] of Object.entries(object.Metadata ?? {})) {
    headers.push([`x-amz-meta-${name}`, value])
  }
  const shown = object.ContentRange && status === 200 ? 206 : status
  return { status: shown, headers, body: object.Body as AsyncIterable<Uint8Array> }
}

function conditionsOf({ headers }: IncomingHttp) {
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return {
    IfNoneMatch: headers['if-none-match'],
    IfModifiedSince: Number.isNaN(since) ? undefined : new Date(since),
    Range: headers['range'],
  }
}
