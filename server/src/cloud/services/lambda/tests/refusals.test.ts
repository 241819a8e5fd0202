import { Lambda } from '@aws-sdk/client-lambda'
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
})
afterAll(() => under.stop())

const invalid = (value: string, at: string, constraint: string) =>
  `ValidationException: 1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`
const queue = `arn:aws:sqs:${REGION}:${ACCOUNT}:none`
const config = `arn:aws:lambda:${REGION}:${ACCOUNT}:code-signing-config:csc-0123456789abcdef0`

/** `Type` is what the refusal says whose fault it was; a few leave it out. */
const cases: [string, () => Promise<unknown>, string, Type?: 'none'][] = [
  [
    'an alias of no function',
    () => lambda.createAlias({ FunctionName: 'none', Name: 'a', FunctionVersion: '1' }),
    `ResourceNotFoundException: Function not found: ${arn('none', ':1')}`,
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
