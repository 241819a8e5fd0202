import {
  AwsError,
  type IncomingHttp,
  type OutgoingHttp,
  type RawContext,
  type RawRoute,
} from '../../gateway/index.ts'
import { readForm, type UploadForm } from './form-body.ts'
import { checkPostPolicy, type SizeRange } from './form-policy.ts'
import type { S3Parts } from './parts.ts'
import { placeOf } from './place.ts'
import { posted } from './posted.ts'
import { errorDocument, escaped, identifiersOf } from './raw-answers.ts'
import { accessDenied, malformedXml, refusal } from './refusals.ts'
import type { PutObjectOutput } from './sdk-shapes.ts'

/** `POST /<bucket>` of a browser's form ("POST Object"): an upload its signer's policy allows. */
// Kept for those who post something else to a bucket.
const notAForm = () =>
  refusal(
    'PreconditionFailed',
    412,
    'At least one of the pre-conditions you specified did not hold',
    { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
  )

const isForm = ({ headers }: IncomingHttp): boolean =>
  (headers['content-type'] ?? '').startsWith('multipart/form-data')

export function formUploadRoute(parts: S3Parts, hostNames: string[]): RawRoute {
  return {
    name: 's3-form-upload',
    matches(request) {
      // Most POSTs are another service's, which this header says.
      if (request.method !== 'POST' || request.headers['x-amz-target']) return false
      const isUpload = isForm(request)
      if (!isUpload && request.url.includes('?')) return false
      const place = placeOf(request, hostNames)
      return place?.key === '' && (isUpload || parts.buckets.get(place.bucket) !== undefined)
    },
    async handle(request, ctx) {
      try {
        if (!isForm(request)) throw notAForm()
        return await upload(parts, request, hostNames, ctx)
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        const { status = 400, code, message, members } = error
        return errorDocument({ status, code, message, members }, ctx.requestId)
      }
    },
  }
}

async function upload(
  parts: S3Parts,
  request: IncomingHttp,
  hostNames: string[],
  ctx: RawContext,
): Promise<OutgoingHttp> {
  const bucket = placeOf(request, hostNames)!.bucket
  const form = await readForm(request)
  const { fields } = form
  const { principal } = await ctx.verifyForm(fields)
  const key = fields.get('key')
  if (!key) throw missingKey()
  fields.set('key', withFileName(key, form.fileName))
  fields.set('bucket', bucket)
  const policy = fields.get('policy')
  const range = policy === undefined ? undefined : checkPostPolicy(policy, fields, ctx.now)
  if (policy === undefined && principal.kind !== 'anonymous') throw accessDenied()
  const region = parts.buckets.get(bucket)?.region ?? 'us-east-1'
  const Body = counted(form.file, range)
  posted.add(Body)
  const input = { Bucket: bucket, Key: fields.get('key')!, Body, ...headersOf(form) }
  const put = await ctx.as({ principal, region }).s3.putObject(input as never)
  return answer({ bucket, key: input.Key, put }, fields, ctx)
}

const missingKey = () =>
  refusal(
    'InvalidArgument',
    400,
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    { ArgumentName: 'key', ArgumentValue: '' },
  )

/** A file without a name, sent as a plain field, leaves the key as it is. Browsers of old sent the path. */
const withFileName = (key: string, fileName: string | undefined): string =>
  fileName === undefined ? key : key.replaceAll('${filename}', fileName.split(/[/\\]/).at(-1) ?? '')

/** The file, broken off with S3's refusal where the policy's range ends. */
async function* counted(
  file: AsyncIterable<Uint8Array>,
  range: SizeRange | undefined,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of file) {
    size += piece.length
    if (range && size > range.most) {
      throw refusal(
        'EntityTooLarge',
        400,
        'Your proposed upload exceeds the maximum allowed size',
        {
          ProposedSize: size,
          MaxSizeAllowed: range.most,
        },
      )
    }
    yield piece
  }
  if (range && size < range.least) {
    throw refusal(
      'EntityTooSmall',
      400,
      'Your proposed upload is smaller than the minimum allowed size',
      { ProposedSize: size, MinSizeAllowed: range.least },
    )
  }
}

const members: Record<string, string> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
  'content-type': 'ContentType',
  'content-md5': 'ContentMD5',
  expires: 'Expires',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-context': 'SSEKMSEncryptionContext',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-server-side-encryption-customer-key': 'SSECustomerKey',
  'x-amz-server-side-encryption-customer-key-md5': 'SSECustomerKeyMD5',
  'x-amz-checksum-algorithm': 'ChecksumAlgorithm',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
}

function headersOf({ fields }: UploadForm): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  const user: Record<string, string> = {}
  for (const [name, value] of fields) {
    const member = members[name]
    if (member) input[member] = value
    if (name.startsWith('x-amz-meta-')) user[name.slice('x-amz-meta-'.length)] = value
  }
  if (Object.keys(user).length > 0) input['Metadata'] = user
  const tagging = fields.get('tagging')
  if (tagging !== undefined) input['Tagging'] = tagHeader(tagging)
  return input
}

/** A form says tags as the XML of PutObjectTagging; in any other XML there are none (as observed). */
function tagHeader(xml: string): string {
  const root = /^\s*(?:<\?xml[^>]*>\s*)?<(\w+)[^>]*?(?:\/>|>.*<\/\1\s*>)\s*$/s.exec(xml)?.[1]
  if (!root) throw malformedXml()
  const found = root === 'Tagging' ? xml.matchAll(eachTag) : []
  return new URLSearchParams(
    [...found].map(([, name = '', value = '']): [string, string] => [name, value]),
  ).toString()
}

const eachTag = /<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g

interface Written {
  bucket: string
  key: string
  put: PutObjectOutput
}

// What PutObject tells in headers a form's answer tells as well.
const shownHeaders: [keyof PutObjectOutput, string][] = [
  ['ETag', 'ETag'],
  ['VersionId', 'x-amz-version-id'],
  ['Expiration', 'x-amz-expiration'],
  ['ServerSideEncryption', 'x-amz-server-side-encryption'],
  ['SSEKMSKeyId', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ['BucketKeyEnabled', 'x-amz-server-side-encryption-bucket-key-enabled'],
  ['SSECustomerAlgorithm', 'x-amz-server-side-encryption-customer-algorithm'],
  ['SSECustomerKeyMD5', 'x-amz-server-side-encryption-customer-key-MD5'],
  ['ChecksumCRC32', 'x-amz-checksum-crc32'],
  ['ChecksumCRC32C', 'x-amz-checksum-crc32c'],
  ['ChecksumCRC64NVME', 'x-amz-checksum-crc64nvme'],
  ['ChecksumSHA1', 'x-amz-checksum-sha1'],
  ['ChecksumSHA256', 'x-amz-checksum-sha256'],
  ['ChecksumType', 'x-amz-checksum-type'],
]

const headersToShow = (put: PutObjectOutput): [string, string][] =>
  shownHeaders.flatMap(([member, name]): [string, string][] =>
    put[member] === undefined ? [] : [[name, String(put[member])]],
  )

function answer(
  { bucket, key, put }: Written,
  fields: ReadonlyMap<string, string>,
  { requestId, originUrl, host }: RawContext,
): OutgoingHttp {
  const { ETag: etag = '' } = put
  // The slashes of a key are written as %2F here (as observed).
  const path = encodeURIComponent(key)
  // In virtual-host style the host already names the bucket.
  const isByHost = host.startsWith(`${bucket}.`)
  const location = isByHost ? `${originUrl}/${path}` : `${originUrl}/${bucket}/${path}`
  const shown: [string, string][] = [...identifiersOf(requestId), ...headersToShow(put)]
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect')
  if (redirect && URL.canParse(redirect)) {
    const to = new URL(redirect)
    for (const [name, value] of Object.entries({ bucket, key, etag })) {
      to.searchParams.append(name, value)
    }
    return { status: 303, headers: [...shown, ['Location', to.href], ['Content-Length', '0']] }
  }
  shown.push(['Location', location])
  const wanted = fields.get('success_action_status')
  if (wanted !== '201') {
    return { status: wanted === '200' ? 200 : 204, headers: shown }
  }
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<PostResponse><Location>${escaped(location)}</Location><Bucket>${bucket}</Bucket>` +
    `<Key>${escaped(key)}</Key><ETag>${escaped(etag)}</ETag></PostResponse>`
  return { status: 201, headers: [...shown, ['Content-Type', 'application/xml']], body }
}
