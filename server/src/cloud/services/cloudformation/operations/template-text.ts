import { AwsError, collect, type RequestContext } from '../../../gateway/index.ts'
import type { RequestBody } from '../../../gateway/index.ts'
import { invalid } from '../template/index.ts'

const BODY_LIMIT = 51_200
const URL_LIMIT = 1_000_000

export interface TemplateRequest {
  TemplateBody?: string
  TemplateURL?: string
  UsePreviousTemplate?: boolean
}

/** The template's text, from the request, from S3 or from before. */
export async function templateText(
  ctx: RequestContext,
  request: TemplateRequest,
  previous?: string,
): Promise<string> {
  const { TemplateBody, TemplateURL, UsePreviousTemplate } = request
  const given = [
    TemplateBody !== undefined,
    TemplateURL !== undefined,
    UsePreviousTemplate === true,
  ]
  if (given.filter(Boolean).length !== 1) {
    throw invalid('Either Template URL or Template Body must be specified.')
  }
  if (UsePreviousTemplate) return previous ?? ''
  if (TemplateBody === undefined) return fromS3(ctx, TemplateURL!)
  if (Buffer.byteLength(TemplateBody) > BODY_LIMIT) {
    throw invalid(
      `1 validation error detected: Value '${TemplateBody}' at 'templateBody' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${BODY_LIMIT}`,
    )
  }
  return TemplateBody
}

/** Text that lies in S3, by its URL. */
export async function fromS3(ctx: RequestContext, url: string): Promise<string> {
  const { Bucket, Key } = s3Place(url)
  try {
    const object = await ctx.aws.s3.getObject({ Bucket, Key })
    const bytes = await collect(object.Body as RequestBody | undefined, URL_LIMIT)
    return Buffer.from(bytes).toString('utf8')
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    )
  }
}

/** Path-style and virtual-host addresses of AWS and of this cloud. */
export function s3Place(url: string): { Bucket: string; Key: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 's3:') {
    throw invalid(`S3 error: Domain name specified in ${parsed.hostname} is not a valid S3 domain`)
  }
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw invalid('TemplateURL must be a supported URL.')
  }
  const path = decodeURIComponent(parsed.pathname.slice(1))
  const host = /^(.+)\.s3[.-]/.exec(parsed.hostname)?.[1]
  if (host) return { Bucket: host, Key: path }
  const slash = path.indexOf('/')
  if (slash < 1)
    throw invalid('TemplateURL must reference a valid S3 object to which you have access.')
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) }
}
