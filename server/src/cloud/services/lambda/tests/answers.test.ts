import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:answers`
const FunctionName = 'answers'
const base = {
  FunctionName,
  Runtime: 'nodejs22.x' as const,
  Handler: 'index.handler',
  Role: ROLE,
  Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => 1' }) },
}

beforeAll(async () => {
  under = await startCompute()
  lambda = new Lambda(under.config())
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

const invalid = (value: string, at: string, constraint: string) =>
  `ValidationException: 1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`

describe('functions', () => {
  it('are pending first, and not changed meanwhile', async () => {
    const made = await lambda.createFunction({ ...base, Environment: { Variables: {} } })
    expect(made).toMatchObject({ State: 'Pending', StateReasonCode: 'Creating' })
    expect(made.LastUpdateStatus).toBeUndefined()
    expect(made.Environment).toEqual({ Variables: {} })
    expect(made.RuntimeVersionConfig?.RuntimeVersionArn).toMatch(
      new RegExp(`^arn:aws:lambda:${REGION}::runtime:[0-9a-f]{64}$`),
    )
    expect(await refusal(lambda.updateFunctionConfiguration({ FunctionName, Timeout: 4 }))).toBe(
      'ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending',
    )
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 120, minDelay: 0.05 },
      { FunctionName },
    )
    await lambda.updateFunctionConfiguration({ FunctionName, Timeout: 4 })
    expect(await refusal(lambda.publishVersion({ FunctionName }))).toBe(
      `ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
    )
  })

  it('are listed without their states', async () => {
    const [shown] = (await lambda.listFunctions({})).Functions!
    expect(shown).toMatchObject({ FunctionName, Version: '$LATEST' })
    expect([shown!.State, shown!.LastUpdateStatus, shown!.RuntimeVersionConfig]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('refuse what the model forbids', async () => {
    const create = (more: object) => refusal(lambda.createFunction({ ...base, ...more }))
    expect(await create({ Architectures: ['vax'] })).toBe(
      invalid(
        '[vax]',
        'architectures',
        'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
      ),
    )
    expect(await create({ TracingConfig: { Mode: 'Loud' } })).toBe(
      invalid(
        'Loud',
        'tracingConfig.mode',
        'Member must satisfy enum value set: [Active, PassThrough]',
      ),
    )
    expect(await create({ Environment: { Variables: { '1': 'secret' } } })).toBe(
      "ValidationException: 1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]",
    )
    expect(
      await refusal(lambda.getFunction({ FunctionName: arn.replace(REGION, 'eu-west-1') })),
    ).toBe(
      `ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
    )
  })
})

describe('versions and aliases', () => {
  it('refuse weights that cannot be', async () => {
    const { State } = await lambda.getFunctionConfiguration({ FunctionName })
    expect(State).toBe('Active')
    await expect
      .poll(async () => (await lambda.getFunctionConfiguration({ FunctionName })).LastUpdateStatus)
      .toBe('Successful')
    await lambda.publishVersion({ FunctionName })
    const alias = (Name: string, FunctionVersion: string, weights: Record<string, number>) =>
      refusal(
        lambda.createAlias({
          FunctionName,
          Name,
          FunctionVersion,
          RoutingConfig: { AdditionalVersionWeights: weights },
        }),
      )
    expect(await alias('a', '1', { '1': 0.5 })).toBe(
      'InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration.',
    )
    expect(await alias('a', '$LATEST', { '1': 0.5 })).toBe(
      'InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version',
    )
    expect(await alias('a', '1', { '2': 1.5 })).toBe(
      invalid(
        '{2=1.5}',
        'routingConfig.additionalVersionWeights',
        'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]',
      ),
    )
    expect(await alias('1', '1', {})).toBe(
      invalid(
        '1',
        'name',
        'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)',
      ),
    )
    expect(await refusal(lambda.updateFunctionCode({ FunctionName, RevisionId: 'old' }))).toBe(
      'PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    )
  })
})

describe('policies', () => {
  it('give the function a new revision, and end with their last statement', async () => {
    const before = (await lambda.getFunctionConfiguration({ FunctionName })).RevisionId
    const statement = { FunctionName, StatementId: 's', Action: 'lambda:InvokeFunction' }
    expect(
      await refusal(lambda.addPermission({ ...statement, Principal: 'x', Qualifier: '$LATEST' })),
    ).toBe(
      'InvalidParameterValueException: We currently do not support adding policies for $LATEST.',
    )
    await lambda.addPermission({ ...statement, Principal: 's3.amazonaws.com' })
    const { RevisionId } = await lambda.getPolicy({ FunctionName })
    expect(RevisionId).not.toBe(before)
    expect((await lambda.getFunctionConfiguration({ FunctionName })).RevisionId).toBe(RevisionId)
    expect(await refusal(lambda.removePermission({ FunctionName, StatementId: 'other' }))).toBe(
      'ResourceNotFoundException: Statement other is not found in resource policy.',
    )
    await lambda.removePermission({ FunctionName, StatementId: 's' })
    expect(await refusal(lambda.removePermission({ FunctionName, StatementId: 's' }))).toBe(
      'ResourceNotFoundException: No policy is associated with the given resource.',
    )
    expect(await refusal(lambda.removePermission({ FunctionName: 'none', StatementId: 's' }))).toBe(
      `ResourceNotFoundException: No policy found for: ${arn.replace('answers', 'none')}`,
    )
  })
})

describe('a policy as a document', () => {
  const document = (Resource: string, Sid = 'team') => ({
    Version: '2008-10-17',
    Id: 'ours',
    Statement: [
      {
        Sid,
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: ['lambda:InvokeFunction', 'lambda:GetFunction'],
        Resource,
      },
    ],
  })

  it('takes the place of all that was permitted, and is told as it was given', async () => {
    const permission = { FunctionName, Action: 'lambda:InvokeFunction', Principal: ACCOUNT }
    await lambda.addPermission({ ...permission, StatementId: 'before' })
    const Policy = JSON.stringify(document(arn))
    const put = await lambda.putResourcePolicy({ ResourceArn: arn, Policy })
    expect(JSON.parse(put.Policy!)).toEqual(document(arn))
    expect(await lambda.getResourcePolicy({ ResourceArn: arn })).toMatchObject({
      Policy: put.Policy,
      RevisionId: put.RevisionId,
    })
    expect((await lambda.getPolicy({ FunctionName })).Policy).toBe(put.Policy)
    await lambda.addPermission({ ...permission, StatementId: 'after' })
    const { Policy: both } = await lambda.getPolicy({ FunctionName })
    const { Id, Statement } = JSON.parse(both!) as { Id: string; Statement: { Sid: string }[] }
    expect([Id, ...Statement.map(({ Sid }) => Sid)]).toEqual(['ours', 'team', 'after'])
    await lambda.deleteResourcePolicy({ ResourceArn: arn })
    expect(await refusal(lambda.getResourcePolicy({ ResourceArn: arn }))).toBe(
      'ResourceNotFoundException: The resource you requested does not exist.',
    )
  })

  it('is refused in Lambda’s words', async () => {
    const put = (Policy: string, RevisionId?: string) =>
      refusal(lambda.putResourcePolicy({ ResourceArn: arn, Policy, RevisionId }))
    expect(await put(JSON.stringify(document(`${arn}x`)))).toMatch(
      /^InvalidParameterValueException: .* Resource must be /,
    )
    expect(await put('{')).toMatch(/^InvalidParameterValueException: /)
    expect(await put(JSON.stringify(document(arn)), 'old')).toBe(
      'PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetResourcePolicy API to retrieve the latest Revision Id',
    )
    expect(await put(JSON.stringify(document(arn, 'x'.repeat(20_480))))).toMatch(
      /^PolicyLengthExceededException: The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/,
    )
  })
})

describe('settings', () => {
  it('leave 100 executions to functions without a share of their own', async () => {
    const put = (ReservedConcurrentExecutions: number) =>
      lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions })
    expect(await refusal(put(901))).toBe(
      "InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    )
    await put(900)
    const { AccountLimit } = await lambda.getAccountSettings({})
    expect(AccountLimit).toMatchObject({
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 100,
    })
    await lambda.deleteFunctionConcurrency({ FunctionName })
  })

  it('keep recursion, runtime updates and code signing', async () => {
    expect((await lambda.getFunctionRecursionConfig({ FunctionName })).RecursiveLoop).toBe(
      'Terminate',
    )
    await lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Allow' })
    expect((await lambda.getFunctionRecursionConfig({ FunctionName })).RecursiveLoop).toBe('Allow')
    expect(await lambda.getRuntimeManagementConfig({ FunctionName })).toMatchObject({
      UpdateRuntimeOn: 'Auto',
      FunctionArn: `${arn}:$LATEST`,
    })
    const signing = await lambda.getFunctionCodeSigningConfig({ FunctionName })
    expect(signing.CodeSigningConfigArn).toBeUndefined()
    const { CodeSigningConfig: config } = await lambda.createCodeSigningConfig({
      AllowedPublishers: {
        SigningProfileVersionArns: [
          `arn:aws:signer:${REGION}:${ACCOUNT}:/signing-profiles/team/abcdefghij`,
        ],
      },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    })
    const { CodeSigningConfigArn } = config!
    await lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn })
    expect(
      await refusal(lambda.updateFunctionCode({ FunctionName, ZipFile: base.Code.ZipFile })),
    ).toMatch(/^CodeVerificationFailedException: /)
    const users = await lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn })
    expect(users.FunctionArns).toEqual([arn])
    await lambda.deleteFunctionCodeSigningConfig({ FunctionName })
    const Resource = CodeSigningConfigArn!
    await lambda.tagResource({ Resource, Tags: { team: 'a', stage: 'b' } })
    await lambda.untagResource({ Resource, TagKeys: ['team'] })
    expect((await lambda.listTags({ Resource })).Tags).toEqual({ stage: 'b' })
    await lambda.deleteCodeSigningConfig({ CodeSigningConfigArn })
    expect(await refusal(lambda.getCodeSigningConfig({ CodeSigningConfigArn }))).toBe(
      `ResourceNotFoundException: The Lambda code signing configuration ${CodeSigningConfigArn} can not be found.`,
    )
  })

  it('tag functions, not their versions', async () => {
    const tag = (Resource: string, Tags: Record<string, string>) =>
      refusal(lambda.tagResource({ Resource, Tags }))
    expect(await tag(arn, {})).toBe(
      'InvalidParameterValueException: An error occurred and the request cannot be processed.',
    )
    expect(await tag(`${arn}:1`, { a: 'b' })).toBe(
      'InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']))
    expect(await tag(arn, many)).toBe(
      'InvalidParameterValueException: Number of tags exceeds resource tag limit.',
    )
  })
})
