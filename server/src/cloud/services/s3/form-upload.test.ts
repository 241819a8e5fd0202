import { createHmac } from 'node:crypto'
import * as Iam from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
let key: { id: string; secret: string }
const Bucket = 'forms'

beforeAll(async () => {
  cloud = await startCloud({ cloudRegion: 'us-east-1' })
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
  const iam = new Iam.IAMClient(cloud.config())
  await iam.send(new Iam.CreateUserCommand({ UserName: 'browser' }))
  const made = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'browser' }))
  key = { id: made.AccessKey!.AccessKeyId!, secret: made.AccessKey!.SecretAccessKey! }
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const given = { UserName: 'browser', PolicyName: 'all', PolicyDocument }
  await iam.send(new Iam.PutUserPolicyCommand(given))
})
afterAll(() => cloud.stop())

const hmac = (secret: string | Buffer, text: string) =>
  createHmac('sha256', secret).update(text).digest()

/** The fields a server gives its page, signed as botocore's generate_presigned_post signs them. */
function signedFields(
  conditions: unknown[],
  version: 2 | 4,
  expiration = '2099-01-01T00:00:00Z',
): Record<string, string> {
  const day = '20260101'
  const scope = `${day}/us-east-1/s3/aws4_request`
  const own: Record<string, string> =
    version === 4
      ? {
          'x-amz-algorithm': 'AWS4-HMAC-SHA256',
          'x-amz-credential': `${key.id}/${scope}`,
          'x-amz-date': `${day}T000000Z`,
        }
      : {}
  const all = [
    ...conditions,
    { bucket: Bucket },
    ...Object.entries(own).map(([k, v]) => ({ [k]: v })),
  ]
  const policy = Buffer.from(JSON.stringify({ expiration, conditions: all })).toString('base64')
  if (version === 2) {
    const signature = createHmac('sha1', key.secret).update(policy).digest('base64')
    return { AWSAccessKeyId: key.id, policy, signature }
  }
  const signing = ['us-east-1', 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${key.secret}`, day))
  return { ...own, policy, 'x-amz-signature': hmac(signing, policy).toString('hex') }
}

async function post(fields: Record<string, string>, file = 'hello') {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file], { type: 'text/plain' }), 'note.txt')
  const address = `${cloud.url}/${Bucket}`
  const answer = await fetch(address, { method: 'POST', body: form, redirect: 'manual' })
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

describe.each([2, 4] as const)('a form signed by version %i', (version) => {
  const fields = (
    more: Record<string, string> = {},
    conditions: unknown[] = [],
  ): Record<string, string> => ({
    ...signedFields([['starts-with', '$key', 'up/'], ...conditions], version),
    key: 'up/${filename}',
    ...more,
  })

  it('uploads, by the file its name', async () => {
    expect(await post(fields())).toMatchObject({ status: 204, text: '' })
    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'up/note.txt' }))
    expect(await got.Body!.transformToString()).toBe('hello')
  })

  it('answers as the form asks', async () => {
    const asked = { success_action_status: '201', 'x-amz-meta-by': 'minji' }
    const conditions = Object.entries(asked).map(([name, value]) => ({ [name]: value }))
    const created = await post(fields(asked, conditions))
    expect(created.status).toBe(201)
    expect(created.text).toContain(`<Bucket>${Bucket}</Bucket><Key>up/note.txt</Key>`)
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'up/note.txt' }))
    expect(head.Metadata).toEqual({ by: 'minji' })
    const success_action_redirect = 'http://app.test/done?x=1'
    const redirected = await post(
      fields({ success_action_redirect }, [{ success_action_redirect }]),
    )
    expect(redirected.status).toBe(303)
    expect(redirected.headers.get('location')).toMatch(
      /^http:\/\/app\.test\/done\?x=1&bucket=forms&key=up%2Fnote.txt&etag=/,
    )
  })

  it('holds the form against its policy', async () => {
    const refused = async (given: Record<string, string>, file?: string) => {
      const { status, text } = await post(given, file)
      return `${status} ${/<Code>(\w+)/.exec(text)![1]} ${/<Message>([^<]*)/.exec(text)![1]}`
    }
    expect(await refused(fields({ key: 'elsewhere' }))).toBe(
      '403 AccessDenied Invalid according to Policy: Policy Condition failed: ' +
        '[&quot;starts-with&quot;, &quot;$key&quot;, &quot;up/&quot;]',
    )
    expect(await refused(fields({ extra: '1' }))).toBe(
      '403 AccessDenied Invalid according to Policy: Extra input fields: extra',
    )
    const sized = fields({}, [['content-length-range', 2, 6]])
    expect(await refused(sized, '1')).toContain('400 EntityTooSmall')
    expect(await refused(sized, '1234567')).toContain('400 EntityTooLarge')
    const old = {
      ...signedFields([['eq', '$key', 'a']], version, '2020-01-01T00:00:00Z'),
      key: 'a',
    }
    expect(await refused(old)).toBe('403 AccessDenied Invalid according to Policy: Policy expired.')
    const name = version === 2 ? 'signature' : 'x-amz-signature'
    expect(await refused(fields({ [name]: 'ffff' }))).toContain('403 SignatureDoesNotMatch')
    const { key: _key, ...keyless } = fields()
    expect(await refused(keyless)).toContain(
      "400 InvalidArgument Bucket POST must contain a field named 'key'.",
    )
  })
})

describe('a form of version 4', () => {
  const scope = () => ({ ...signedFields([{ key: 'a/b c' }], 4), key: 'a/b c' })

  it('is told what the object got', async () => {
    const conditions = [
      { key: 'a/b c' },
      ['starts-with', '$Content-Type', 'text/'],
      { 'Content-Language': 'ko' },
      { 'x-amz-checksum-crc32': 'NhCmhg==' },
    ]
    const given = {
      ...signedFields(conditions, 4),
      key: 'a/b c',
      'Content-Type': 'text/html, text/plain',
      'Content-Language': 'ko',
      'x-amz-checksum-crc32': 'NhCmhg==',
    }
    const { status, headers } = await post(given)
    expect(status).toBe(204)
    expect(headers.get('x-amz-server-side-encryption')).toBe('AES256')
    expect(headers.get('x-amz-checksum-crc32')).toBe('NhCmhg==')
    expect(headers.get('location')).toBe(`${cloud.url}/${Bucket}/a%2Fb%20c`)
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'a/b c' }))
    expect(head).toMatchObject({ ContentLanguage: 'ko', ContentType: 'text/html, text/plain' })
    const other = { ...given, 'Content-Type': 'text/html, image/png' }
    expect((await post(other)).text).toContain('&quot;$Content-Type&quot;, &quot;text/&quot;]')
  })

  it('keeps the placeholder where the file has no name', async () => {
    const form = new FormData()
    const given = { ...signedFields([{ key: 'f/${filename}' }], 4), key: 'f/${filename}' }
    for (const [name, value] of Object.entries(given)) form.append(name, value)
    form.append('file', 'as a field')
    const answer = await fetch(`${cloud.url}/${Bucket}`, { method: 'POST', body: form })
    expect(answer.status).toBe(204)
    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'f/${filename}' }))
    expect(await got.Body!.transformToString()).toBe('as a field')
  })

  it('has tags, or XML that has none', async () => {
    const tagged = async (tagging: string) => {
      const { status, text } = await post({
        ...signedFields([{ key: 't' }, { tagging }], 4),
        key: 't',
        tagging,
      })
      if (status !== 204) return text
      return (await s3.send(new S3.GetObjectTaggingCommand({ Bucket, Key: 't' }))).TagSet
    }
    const of = (value: string) =>
      `<Tagging><TagSet><Tag><Key>k</Key><Value>${value}</Value></Tag></TagSet></Tagging>`
    expect(await tagged(of('a + b'))).toEqual([{ Key: 'k', Value: 'a + b' }])
    expect(await tagged('<Other></Other>')).toEqual([])
    expect(await tagged('no XML')).toContain('<Code>MalformedXML</Code>')
  })

  it.each([
    ['x-amz-algorithm', 'none', 'Only AWS4-HMAC-SHA256 is supported'],
    ['x-amz-date', 'today', 'X-Amz-Date must be formated via ISO8601 Long format'],
    ['x-amz-credential', 'AKID', 'the Credential is mal-formed; expecting'],
    ['x-amz-credential', 'A/20260101/r/ec2/aws4_request', 'incorrect service &quot;ec2&quot;.'],
  ])('is refused for %s %s', async (name, value, message) => {
    const { status, text } = await post({ ...scope(), [name]: value })
    expect(status).toBe(400)
    expect(text).toContain(`<Code>InvalidArgument</Code><Message>${message}`)
  })
})

describe('a policy', () => {
  const expiration = '2099-01-01T00:00:00Z'
  const posted = async (policy: string) => {
    const signature = createHmac('sha1', key.secret).update(policy).digest('base64')
    const { text } = await post({ AWSAccessKeyId: key.id, policy, signature, key: 'k' })
    const message = /<Message>([^<]*)/.exec(text)![1]!
    return message.replaceAll('&quot;', '"')
  }
  const base64 = (policy: unknown) => Buffer.from(JSON.stringify(policy)).toString('base64')

  it.each<[string, string]>([
    ['', "Expecting '{' but found End-of-Input"],
    ['not_base64', 'invalid Base64 encoding.'],
    [Buffer.from('{').toString('base64'), 'Invalid JSON.'],
    [base64({ conditions: [] }), 'Policy missing expiration.'],
    [base64({ expiration: true, conditions: [] }), 'Invalid JSON.'],
    [base64({ expiration: 'soon', conditions: [] }), "Invalid 'expiration' value: 'soon'"],
    [
      base64({ expiration: '2099-01-01 00:00:00+00:00', conditions: [] }),
      "Invalid 'expiration' value: '2099-01-01 00:00:00+00:00'",
    ],
    [base64({ expiration }), 'Policy missing conditions.'],
    [base64({ expiration, conditions: {} }), "Invalid 'conditions' value: must be a List."],
    [base64({ expiration, conditions: [], more: 1 }), 'Unexpected: "more"'],
  ])('%s is refused', async (policy, message) => {
    expect(await posted(policy)).toBe(`Invalid Policy: ${message}`)
  })

  it.each<[unknown, string]>([
    [true, 'Invalid condition test: must be a List or Object.'],
    [[], 'Invalid Condition: missing operation identifier.'],
    [['ends-with', '$key', 'a'], "Invalid Condition: unknown operation 'ends-with'."],
    [['eq', '$key', 'a', 'b'], 'Invalid eq: wrong number of arguments.'],
    [['eq', '$key', true], 'Invalid JSON.'],
    [['content-length-range', 1, false], 'Invalid JSON.'],
    [{ key: true }, 'Invalid Simple-Condition: value must be a string.'],
  ])('has no condition %j', async (condition, message) => {
    const policy = base64({ expiration, conditions: [condition] })
    expect(await posted(policy)).toBe(`Invalid Policy: ${message}`)
  })
})

describe('presigned URLs of version 2', () => {
  const link = (Key: string, expires: number, method = 'GET', secret = key.secret) => {
    const path = `/${Bucket}/${encodeURIComponent(Key)}`
    const text = `${method}\n\n\n${expires}\n${path}?response-content-type=text/x`
    const signature = createHmac('sha1', secret).update(text).digest('base64')
    const signed = new URLSearchParams({
      'response-content-type': 'text/x',
      AWSAccessKeyId: key.id,
      Signature: signature,
      Expires: String(expires),
    })
    return `${cloud.url}${path}?${signed}`
  }

  it('open what they name while they last', async () => {
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a b', Body: 'linked' }))
    const soon = Math.floor(Date.now() / 1000) + 60
    const got = await fetch(link('a b', soon))
    expect(got.headers.get('content-type')).toBe('text/x')
    expect(await got.text()).toBe('linked')
    const late = await (await fetch(link('a b', 1000))).text()
    expect(late).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>')
    const wrong = await (await fetch(link('a b', soon, 'GET', 'wrong'))).text()
    expect(wrong).toContain('<Code>SignatureDoesNotMatch</Code>')
    const without = await fetch(link('a b', soon).replace(/&Expires=\d+/, ''))
    expect(await without.text()).toContain('requires the Signature, Expires and AWSAccessKeyId')
  })
})
