import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ACCOUNT,
  type ComputeUnderTest,
  REGION,
  ROLE,
  startCompute,
  zip,
} from './compute-under-test.ts'

let under: ComputeUnderTest
let lambda: Lambda

const FunctionName = 'refusing'
const arn = (name: string, qualifier = '') =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}${qualifier}`
const ZipFile = zip({ 'index.js': 'exports.handler = async () => 1' })

beforeAll(async () => {
  under = await startCompute()
  lambda = new Lambda(under.config())
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile },
    Publish: true,
  })
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 30, minDelay: 0.05 },
    { FunctionName },
  )
})
afterAll(() => under.stop())

const invalid = (value: string, at: string, constraint: string) =>
  `ValidationException: 1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`
const queue = `arn:aws:sqs:${REGION}:${ACCOUNT}:none`
const config = `arn:aws:lambda:${REGION}:${ACCOUNT}:code-signing-config:csc-0123456789abcdef0`

const mapping = `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:01234567-89ab-cdef-0123-456789abcdef`
const noJson =
  'InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json:'
const source = 'Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'

type Mapping = Partial<Parameters<Lambda['createEventSourceMapping']>[0]>
const streamMapping = (more: Mapping) =>
  lambda.createEventSourceMapping({
    FunctionName,
    EventSourceArn: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/none`,
    ...more,
  })

/** `Type` is what the refusal says whose fault it was; a few leave it out. */
const cases: [string, () => Promise<unknown>, string, Type?: 'none'][] = [
  [
    'an alias of no function',
    () => lambda.createAlias({ FunctionName: 'none', Name: 'a', FunctionVersion: '1' }),
    `ResourceNotFoundException: Function not found: ${arn('none', ':1')}`,
  ],
  [
    'reserving for no function',
    () =>
      lambda.putFunctionConcurrency({ FunctionName: 'none', ReservedConcurrentExecutions: 5000 }),
    `ResourceNotFoundException: Function not found: ${arn('none', ':$LATEST')}`,
  ],
  [
    'removing $LATEST of no function',
    () => lambda.deleteFunction({ FunctionName: 'none', Qualifier: '$LATEST' }),
    'InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.',
  ],
  [
    'no architecture',
    () => lambda.updateFunctionCode({ FunctionName, ZipFile, Architectures: [] }),
    invalid('[]', 'architectures', 'Member must have length greater than or equal to 1'),
    'none',
  ],
  [
    'weights beside $LATEST',
    () =>
      lambda.createAlias({
        FunctionName,
        Name: 'a',
        FunctionVersion: '$LATEST',
        RoutingConfig: { AdditionalVersionWeights: { '1': 0.5 } },
      }),
    'InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version',
    'none',
  ],
  [
    'a configuration that is not there',
    () => lambda.getCodeSigningConfig({ CodeSigningConfigArn: config }),
    `ResourceNotFoundException: The Lambda code signing configuration ${config} can not be found.`,
    'none',
  ],
  [
    'a mapping of nothing',
    () => lambda.createEventSourceMapping({ FunctionName }),
    'InvalidParameterValueException: Unrecognized event source.',
  ],
  [
    'a mapping to no function',
    () => lambda.createEventSourceMapping({ FunctionName: 'none', EventSourceArn: queue }),
    'InvalidParameterValueException: Function does not exist',
  ],
  [
    'a mapping from somewhere else',
    () =>
      lambda.createEventSourceMapping({
        FunctionName,
        EventSourceArn: queue,
        StartingPosition: 'FIRST' as 'LATEST',
      }),
    invalid(
      'FIRST',
      'startingPosition',
      'Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]',
    ),
  ],
  [
    'a moment without its position',
    () => streamMapping({ StartingPosition: 'LATEST', StartingPositionTimestamp: new Date(1) }),
    'InvalidParameterValueException: Timestamp only valid with StartingPosition AT_TIMESTAMP',
  ],
  [
    'a moment before all others',
    () =>
      streamMapping({
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: new Date(-5000),
      }),
    'InvalidParameterValueException: Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp',
  ],
  [
    'a payload that breaks off in its text',
    () => lambda.invoke({ FunctionName, Payload: Buffer.from('n\x87r', 'latin1') }),
    `${noJson} Invalid UTF-8 start byte 0x87\n at [${source}; line: 1, column: 3]`,
  ],
  [
    'a payload that is no text',
    () => lambda.invoke({ FunctionName, Payload: Buffer.from('\x99\xeb', 'latin1') }),
    `${noJson} Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [${source}; line: 1, column: 1]`,
  ],
  [
    'no environments',
    () =>
      lambda.putProvisionedConcurrencyConfig({
        FunctionName,
        Qualifier: '1',
        ProvisionedConcurrentExecutions: 0,
      }),
    invalid(
      '0',
      'provisionedConcurrentExecutions',
      'Member must have value greater than or equal to 1',
    ),
  ],
  [
    'a page of nothing',
    () => lambda.listVersionsByFunction({ FunctionName, MaxItems: 0 }),
    invalid('0', 'maxItems', 'Member must have value greater than or equal to 1'),
  ],
  [
    'layers of no architecture',
    () => lambda.listLayers({ CompatibleArchitecture: 'z80' as 'arm64' }),
    invalid('z80', 'compatibleArchitecture', 'Member must satisfy enum value set: [x86_64, arm64]'),
  ],
  [
    'a layer without its version',
    () => lambda.getLayerVersionByArn({ Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:l` }),
    invalid(
      `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:l`,
      'arn',
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+',
    ),
  ],
  [
    'a permission of an alias that is not there',
    () =>
      lambda.addPermission({
        FunctionName,
        Qualifier: 'gone',
        StatementId: 's',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
      }),
    `ResourceNotFoundException: Cannot find alias arn: ${arn(FunctionName, ':gone')}`,
  ],
  [
    'a permission taken from an alias that is not there',
    () => lambda.removePermission({ FunctionName, Qualifier: 'gone', StatementId: 's' }),
    `ResourceNotFoundException: Cannot find alias arn: ${arn(FunctionName, ':gone')}`,
  ],
  [
    'environments of an alias that is not there',
    () => lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier: 'gone' }),
    `ResourceNotFoundException: Cannot find alias arn: ${arn(FunctionName, ':gone')}`,
  ],
  [
    'more environments than the account has',
    () =>
      lambda.putProvisionedConcurrencyConfig({
        FunctionName,
        Qualifier: '1',
        ProvisionedConcurrentExecutions: 1001,
      }),
    "InvalidParameterValueException: Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
    'none',
  ],
  [
    'a snapshot of what has none',
    () =>
      lambda.updateFunctionConfiguration({
        FunctionName,
        SnapStart: { ApplyOn: 'PublishedVersions' },
      }),
    'InvalidParameterValueException: nodejs22.x is not supported for SnapStart enabled functions.',
  ],
  [
    'an image for a zip',
    () => lambda.updateFunctionCode({ FunctionName, ImageUri: 'registry/app:1' }),
    "InvalidParameterValueException: Please don't provide ImageUri when updating a function with packageType Zip.",
  ],
  [
    'tags of a mapping that is not there',
    () => lambda.listTags({ Resource: mapping }),
    `ResourceNotFoundException: Event source mapping not found: ${mapping}`,
  ],
  [
    "a client's context that is no JSON",
    () => lambda.invoke({ FunctionName, ClientContext: 'none' }),
    'InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.',
  ],
]

it.each(cases)('%s', async (_name, ask, told, type) => {
  const refused = await ask().then(
    () => undefined,
    (error: Error & { Type?: string }) => error,
  )
  expect(`${refused?.name}: ${refused?.message}`).toBe(told)
  const isValidation = refused?.name === 'ValidationException'
  expect(refused?.Type).toBe(type === 'none' || isValidation ? undefined : 'User')
})

it('tells the mode of a URL to who asks for it, and after a change to who named one', async () => {
  const made = await lambda.createFunctionUrlConfig({ FunctionName, AuthType: 'NONE' })
  expect(made.InvokeMode).toBeUndefined()
  expect((await lambda.getFunctionUrlConfig({ FunctionName })).InvokeMode).toBe('BUFFERED')
  const changed = await lambda.updateFunctionUrlConfig({ FunctionName, InvokeMode: 'BUFFERED' })
  expect(changed.InvokeMode).toBe('BUFFERED')
})

it('makes a version with its code, which is pending as a new function is', async () => {
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName },
  )
  const code = zip({ 'index.js': 'exports.handler = async () => 2' })
  const made = await lambda.updateFunctionCode({ FunctionName, ZipFile: code, Publish: true })
  expect(made).toMatchObject({
    Version: '2',
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
  })
  expect(made.LastUpdateStatus).toBeUndefined()
  await expect
    .poll(
      async () => {
        const shown = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '2' })
        return `${shown.State} ${shown.LastUpdateStatus}`
      },
      { timeout: 90_000 },
    )
    .toBe('Active Successful')
})
