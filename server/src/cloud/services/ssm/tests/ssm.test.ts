import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SQS } from '@aws-sdk/client-sqs'
import { type PutParameterCommandInput, SSM } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

const DAY_MS = 86_400_000
let under: CloudUnderTest
let ssm: SSM

beforeAll(async () => {
  under = await startCloud()
  ssm = new SSM(under.config())
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.putParameter({ Name, Value, Type: 'String', ...more })

const valueOf = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.getParameter({ Name, WithDecryption })).Parameter!.Value

const arnOf = (name: string) => `arn:aws:ssm:${under.cloud.region}:000000000000:parameter${name}`

describe('a parameter', () => {
  it('is told as it was put, by its name and its ARN', async () => {
    expect(await put('/told/once', 'test')).toMatchObject({ Version: 1, Tier: 'Standard' })
    for (const Name of ['/told/once', arnOf('/told/once')]) {
      const { Parameter } = await ssm.getParameter({ Name })
      const { LastModifiedDate, ...rest } = Parameter!
      expect(LastModifiedDate).toBeInstanceOf(Date)
      expect(rest).toEqual({
        ARN: arnOf('/told/once'),
        DataType: 'text',
        Name: '/told/once',
        Type: 'String',
        Value: 'test',
        Version: 1,
      })
    }
    await put('plain', 'x')
    expect((await ssm.getParameter({ Name: arnOf('/plain') })).Parameter!.Name).toBe('plain')
  })

  it('keeps what an overwrite does not say', async () => {
    const said = { Description: 'd', AllowedPattern: 'v.*', Tags: [{ Key: 'a', Value: 'b' }] }
    await put('/kept', 'v1', said)
    expect(await refusal(put('/kept', 'v2'))).toBe(
      'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
    const { Version } = await ssm.putParameter({ Name: '/kept', Value: 'v2', Overwrite: true })
    expect(Version).toBe(2)
    const { Parameters } = await ssm.describeParameters({
      ParameterFilters: [{ Key: 'Name', Values: ['/kept'] }],
    })
    expect(Parameters).toMatchObject([
      { Description: 'd', AllowedPattern: 'v.*', Version: 2, Policies: [], Tier: 'Standard' },
    ])
    const given = { ResourceType: 'Parameter', ResourceId: '/kept' } as const
    expect((await ssm.listTagsForResource(given)).TagList).toEqual([{ Key: 'a', Value: 'b' }])
    const wrong = ssm.putParameter({ Name: '/kept', Value: 'x', Overwrite: true })
    expect(await refusal(wrong)).toBe(
      'ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: v.*',
    )
    const other = ssm.putParameter({
      Name: '/kept',
      Value: 'v',
      Type: 'StringList',
      Overwrite: true,
    })
    expect(await refusal(other)).toMatch(/^HierarchyTypeMismatchException: Parameter Store doesn't/)
  })

  const long = 'x'.repeat(4097)
  it.each([
    [{ Name: 'ssm_a' }, /can't be prefixed with "aws" or "ssm" \(case-insensitive\)\.$/],
    [{ Name: '/ssm/a' }, /^ValidationException: Parameter name: can't be prefixed with "ssm"/],
    [{ Name: '/AWS/a' }, 'ValidationException: No access to reserved parameter name: /AWS/a.'],
    [{ Name: 'a/b' }, 'ValidationException: Parameter name must be a fully qualified name.'],
    [{ Name: '/a b' }, /sub-paths divided by slash symbol/],
    [{ Name: '/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16' }, /^HierarchyLevelLimitExceededException/],
    [{ Type: undefined }, /A parameter type is required when you create a parameter\.$/],
    [{ Type: 'str' as 'String' }, /enum value set: \[SecureString, StringList, String\]$/],
    [
      { DataType: 'odd' },
      /data type is not supported: odd \(Data type names are all lowercase\.\)$/,
    ],
    [{ Value: '' }, /Value '' at 'value' .* length greater than or equal to 1$/],
    [{ Value: long }, /^ValidationException: Standard tier parameters support a maximum/],
    [{ Value: '{{other}}' }, /can't nest another parameter/],
    [{ AllowedPattern: '(' }, /^InvalidAllowedPatternException/],
    [{ Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }, /tags and overwrite can't be used/],
    [{ Type: 'SecureString', KeyId: 'alias/none' }, /^InvalidKeyId: .*alias\/none is not found/],
    [{ Policies: '[{"Type":"Odd"}]', Tier: 'Advanced' }, /^InvalidPolicyTypeException/],
  ] as [Partial<PutParameterCommandInput>, string | RegExp][])(
    'is refused: %j',
    async (given, told) => {
      expect(await refusal(put('/fine', 'v', given))).toMatch(told)
    },
  )

  it('takes more in the advanced tier, and does not go back', async () => {
    const big = { Tier: 'Intelligent-Tiering' } as const
    expect((await put('/big', long, big)).Tier).toBe('Advanced')
    const back = ssm.putParameter({ Name: '/big', Value: 'x', Tier: 'Standard', Overwrite: true })
    expect(await refusal(back)).toMatch(/You can't downgrade a parameter from the advanced/)
  })

  it('is not found in the words of Systems Manager', async () => {
    expect(await refusal(ssm.getParameter({ Name: 'none' }))).toBe(
      'ParameterNotFound: UnknownError',
    )
    expect(await refusal(ssm.deleteParameter({ Name: 'none' }))).toMatch(/^ParameterNotFound/)
    expect(await refusal(ssm.getParameter({ Name: 'a/b/c' }))).toMatch(/sub-paths divided by slash/)
    await put('/told/twice', 'x')
    expect(await refusal(ssm.getParameter({ Name: '/told/twice:2' }))).toBe(
      'ParameterVersionNotFound: Systems Manager could not find version 2 of /told/twice. Verify the version and try again.',
    )
    const { Parameters, InvalidParameters } = await ssm.getParameters({
      Names: ['/told/twice', '/told/twice', 'none', '/told/twice:9'],
    })
    expect(Parameters).toHaveLength(1)
    expect(InvalidParameters).toEqual(['none', '/told/twice:9'])
    const many = Array.from({ length: 11 }, (_, n) => String(n))
    expect(await refusal(ssm.getParameters({ Names: many }))).toMatch(
      /at 'names' failed .* length less than or equal to 10$/,
    )
  })
})

describe('secure strings', () => {
  it('are sealed by KMS and opened for those who may', async () => {
    const kms = new KMS(under.config())
    for (const Tier of ['Standard', 'Advanced'] as const) {
      const Name = `/secret/${Tier}`
      await put(Name, 'hush', { Type: 'SecureString', Tier })
      const sealed = await valueOf(Name)
      expect(sealed).not.toContain('hush')
      expect(await valueOf(Name, true)).toBe('hush')
    }
    const direct = kms.decrypt({
      CiphertextBlob: Buffer.from((await valueOf('/secret/Standard'))!, 'base64'),
      EncryptionContext: { PARAMETER_ARN: arnOf('/secret/Standard') },
    })
    // The account's own key works through Systems Manager only.
    expect(await refusal(direct)).toMatch(/^AccessDenied/)
    const { KeyMetadata } = await kms.createKey({})
    await put('/secret/own', 'hush', { Type: 'SecureString', KeyId: KeyMetadata!.KeyId })
    await kms.disableKey({ KeyId: KeyMetadata!.KeyId })
    expect(await refusal(ssm.getParameter({ Name: '/secret/own', WithDecryption: true }))).toMatch(
      /^InvalidKeyId: .* is disabled\. \(Service: AWSKMS; Status Code: 400; Error Code: DisabledException/,
    )
    const { Parameters } = await ssm.describeParameters({
      ParameterFilters: [{ Key: 'KeyId', Values: ['alias/aws/ssm'] }],
    })
    expect(Parameters!.map(({ Name }) => Name)).toEqual(['/secret/Advanced', '/secret/Standard'])
  })
})

describe('versions', () => {
  it('have labels that move, and the oldest goes when there are a hundred', async () => {
    for (let n = 1; n <= 3; n++) await put('/v', `value-${n}`, { Overwrite: true })
    const label = (ParameterVersion: number, ...Labels: string[]) =>
      ssm.labelParameterVersion({ Name: '/v', ParameterVersion, Labels })
    await label(1, 'one', 'both')
    await label(2, 'both')
    expect((await label(2, 'awsabc', '9abc', 'a/b')).InvalidLabels).toEqual([
      'awsabc',
      '9abc',
      'a/b',
    ])
    const { Parameters } = await ssm.getParameterHistory({ Name: '/v' })
    expect(Parameters!.map(({ Version, Labels }) => [Version, Labels])).toEqual([
      [1, ['one']],
      [2, ['both']],
      [3, []],
    ])
    expect((await ssm.getParameter({ Name: '/v:both' })).Parameter).toMatchObject({
      Value: 'value-2',
      Selector: ':both',
    })
    const eleven = Array.from({ length: 10 }, (_, n) => `l${n}`)
    expect(await refusal(label(1, ...eleven))).toMatch(/can have maximum 10 labels\.Move one/)
    for (let n = 4; n <= 100; n++) await put('/v', `value-${n}`, { Overwrite: true })
    expect(await refusal(put('/v', 'more', { Overwrite: true }))).toMatch(
      /^ParameterMaxVersionLimitExceeded: .* Version 1, the oldest version, can't be deleted/,
    )
    await ssm.unlabelParameterVersion({ Name: '/v', ParameterVersion: 1, Labels: ['one'] })
    await put('/v', 'value-101', { Overwrite: true })
    const first = await ssm.getParameterHistory({ Name: '/v', MaxResults: 50 })
    const NextToken = first.NextToken
    const rest = await ssm.getParameterHistory({ Name: '/v', MaxResults: 50, NextToken })
    expect(first.Parameters![0]!.Value).toBe('value-2')
    expect(rest.Parameters!.at(-1)!.Value).toBe('value-101')
    expect(rest.NextToken).toBeUndefined()
  })
})

describe('lists', () => {
  const names = async (Path: string, Recursive = false, more = {}) =>
    (await ssm.getParametersByPath({ Path, Recursive, ...more })).Parameters!.map((one) => one.Name)

  beforeAll(async () => {
    for (const name of ['/list/a', '/list/b/c', '/list/b/d']) await put(name, name)
    await put('/list/list', 'x,y', { Type: 'StringList', Tags: [{ Key: 'team', Value: 'yard' }] })
  })

  it('follow a path', async () => {
    expect(await names('/list')).toEqual(['/list/a', '/list/list'])
    expect(await names('/list/', true)).toHaveLength(4)
    expect(await names('/lis', true)).toEqual([])
    const Filters = [{ Key: 'Type', Values: ['StringList'] }]
    expect(await names('/list', true, { ParameterFilters: Filters })).toEqual(['/list/list'])
    expect(await names('/list', true, { MaxResults: 3 })).toHaveLength(3)
    const wrong = ssm.getParametersByPath({
      Path: '/list',
      ParameterFilters: [{ Key: 'Name', Values: ['x'] }],
    })
    expect(await refusal(wrong)).toBe(
      'InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].',
    )
  })

  const described = async (Key: string, Option: string | undefined, ...Values: string[]) =>
    (await ssm.describeParameters({ ParameterFilters: [{ Key, Option, Values }] })).Parameters!.map(
      ({ Name }) => Name,
    )

  it.each([
    ['Path', 'Recursive', ['/list/b'], ['/list/b/c', '/list/b/d']],
    ['Path', 'OneLevel', ['/list/b', '/list'], ['/list/a', '/list/b/c', '/list/b/d', '/list/list']],
    ['Name', 'BeginsWith', ['list/b'], ['/list/b/c', '/list/b/d']],
    ['Name', 'Contains', ['t/list'], ['/list/list']],
    ['tag:team', undefined, ['yard'], ['/list/list']],
    ['tag:team', undefined, [], ['/list/list']],
  ])('are filtered by %s %s %j', async (key, option, values, found) => {
    expect(await described(key, option, ...values)).toEqual(found)
  })

  it.each([
    ['key', undefined, ['x'], /pattern: tag:\.\+\|Name\|Type\|KeyId\|Path\|Label\|Tier/],
    ['Label', undefined, ['x'], /key is not valid: Label\. .* \[Path, Name, Type, KeyId, Tier\]$/],
    ['Name', undefined, [], /filter values are missing : null for filter key Name$/],
    ['Path', 'Equals', ['/a'], /option is not valid: Equals\. .* \[Recursive, OneLevel\]$/],
    ['Path', undefined, ['/###'], /^ValidationException: The parameter doesn't meet the parameter/],
    ['Tier', undefined, ['x'], /not valid: x\. .* \[Standard, Advanced, Intelligent-Tiering\]$/],
    ['Name', 'option', ['x'], /option is not valid: option\. .* \[BeginsWith, Equals\]\.$/],
  ])('refuse the filter %s %s %j', async (key, option, values, told) => {
    expect(await refusal(described(key, option, ...values))).toMatch(told)
  })
})

it('changes tags, of parameters that are there', async () => {
  await put('/tagged', 'x')
  const at = { ResourceType: 'Parameter', ResourceId: '/tagged' } as const
  await ssm.addTagsToResource({
    ...at,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  })
  await ssm.removeTagsFromResource({ ...at, TagKeys: ['a'] })
  expect((await ssm.listTagsForResource(at)).TagList).toEqual([{ Key: 'b', Value: '2' }])
  const none = ssm.listTagsForResource({ ...at, ResourceId: 'none' })
  expect(await refusal(none)).toMatch(/^InvalidResourceId/)
})

it('asks IAM about each parameter by its ARN', async () => {
  const iam = new IAM(under.config())
  await iam.createUser({ UserName: 'reader' })
  const Resource = arnOf('/allowed/*')
  const Statement = [{ Effect: 'Allow', Action: 'ssm:GetParameter*', Resource }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putUserPolicy({ UserName: 'reader', PolicyName: 'p', PolicyDocument })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'reader' })
  const reader = new SSM(
    under.config({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    }),
  )
  await put('/allowed/a', 'x')
  expect((await reader.getParameter({ Name: '/allowed/a' })).Parameter!.Value).toBe('x')
  expect(await refusal(reader.getParameter({ Name: '/plain' }))).toBe(
    `AccessDeniedException: User: arn:aws:iam::000000000000:user/reader is not authorized to perform: ssm:GetParameter on resource: ${arnOf('/plain')} because no identity-based policy allows the ssm:GetParameter action`,
  )
  const both = reader.getParameters({ Names: ['/allowed/a', '/plain'] })
  expect(await refusal(both)).toMatch(/^AccessDeniedException/)
})

it('tells the default bus of changes, and ends when its policy says so', async () => {
  const events = new EventBridge(under.config())
  const sqs = new SQS(under.config())
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'changes' })
  const EventPattern = JSON.stringify({ source: ['aws.ssm'] })
  await events.putRule({ Name: 'changes', EventPattern })
  const Arn = `arn:aws:sqs:${under.cloud.region}:000000000000:changes`
  await events.putTargets({ Rule: 'changes', Targets: [{ Id: 'q', Arn }] })
  const Timestamp = new Date(under.kernel.clock.now() + 10 * DAY_MS).toISOString()
  const Policies = JSON.stringify([
    { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } },
    { Type: 'ExpirationNotification', Version: '1.0', Attributes: { Before: '5', Unit: 'Days' } },
  ])
  await put('/ends', 'x', { Tier: 'Advanced', Policies })
  const told: string[] = []
  const hears = (text: string) =>
    vi.waitFor(
      async () => {
        const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
        for (const { Body } of Messages) {
          const { detail } = JSON.parse(Body!) as { detail: Record<string, string> }
          told.push(`${detail['operation'] ?? detail['policy-type']}`)
        }
        expect(told).toContain(text)
      },
      { timeout: 90_000, interval: 50 },
    )
  await hears('Create')
  under.kernel.clock.advance(6 * DAY_MS)
  await hears('ExpirationNotification')
  expect(await valueOf('/ends')).toBe('x')
  under.kernel.clock.advance(5 * DAY_MS)
  await hears('Delete')
  expect(told).toContain('Expiration')
  expect(await refusal(ssm.getParameter({ Name: '/ends' }))).toMatch(/^ParameterNotFound/)
})
