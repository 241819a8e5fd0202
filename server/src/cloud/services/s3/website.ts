import {
  type Aws,
  AwsError,
  type OutgoingHttp,
  type RawContext,
  type RawRoute,
  type RequestPlace,
} from '../../gateway/index.ts'
import type { Bucket } from './model.ts'
import type { S3Parts } from './parts.ts'
import { errorPage } from './website-page.ts'
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
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return errorPage(405, 'MethodNotAllowed', notAllowed, ctx.requestId)
      }
      const bucket = parts.buckets.get(site.bucket)
      if (!bucket) {
        const message = 'The specified bucket does not exist'
        return errorPage(404, 'NoSuchBucket', message, ctx.requestId, { BucketName: site.bucket })
      }
      const { website } = bucket.settings
      if (!website) {
        const message = 'The specified bucket does not have a website configuration'
        const members = { BucketName: site.bucket }
        return errorPage(404, 'NoSuchWebsiteConfiguration', message, ctx.requestId, members)
      }
      return serve({ ...site, bucket, website, ctx, parts })
    },
  }
}

const notAllowed = 'The specified method is not allowed against this resource.'

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
    const scheme = all.Protocol ?? 'http'
    return redirectTo(301, `${scheme}://${all.HostName}/${encodeURI(key)}`)
  }
  const before = routeBefore(website, key, serving.root)
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
    const routed = routeOnError(website, key, status, serving.root)
    if (routed) return routed
    return errorDocument(serving, status, error)
  }
}

async function errorDocument(
  serving: Serving,
  status: number,
  error: AwsError,
): Promise<OutgoingHttp> {
  const { ErrorDocument } = serving.website
  if (ErrorDocument?.Key) {
    try {
      return await page(serving, ErrorDocument.Key, status)
    } catch (second) {
      if (!(second instanceof AwsError)) throw second
    }
  }
  return errorPage(status, error.code, error.message, serving.ctx.requestId, { Key: serving.key })
}

async function exists(serving: Serving, Key: string): Promise<boolean> {
  const { objects } = serving.parts
  const found = await objects.latest(serving.bucket.name, Key)
  return found !== undefined && !found.isMarker
}

async function page(serving: Serving, Key: string, status: number): Promise<OutgoingHttp> {
  const { bucket } = serving
  const object = await visitor(serving).s3.getObject({ Bucket: bucket.name, Key })
  if (object.WebsiteRedirectLocation) return redirectTo(301, object.WebsiteRedirectLocation)
  const headers: [string, string][] = [
    ['Content-Type', object.ContentType ?? 'binary/octet-stream'],
    ['Content-Length', String(object.ContentLength)],
    ['ETag', object.ETag!],
    ['Last-Modified', object.LastModified!.toUTCString()],
  ]
  if (object.ContentEncoding) headers.push(['Content-Encoding', object.ContentEncoding])
  if (object.CacheControl) headers.push(['Cache-Control', object.CacheControl])
  if (object.ContentLanguage) headers.push(['Content-Language', object.ContentLanguage])
  return { status, headers, body: object.Body as AsyncIterable<Uint8Array> }
}
