import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  Lambda,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
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

async function made(FunctionName: string, more: Partial<CreateFunctionCommandInput>) {
  const answer = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => 1' }) },
      ...more,
    }),
  )
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName },
  )
  return answer
}

const layerArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${name}`

describe('layers', () => {
  it('bring modules to a function, the last one first, and outlive their deletion', async () => {
    const greeting = (word: string) =>
      zip({ 'nodejs/node_modules/greeting/index.js': `module.exports = '${word}'` })
    const one = await lambda.publishLayerVersion({
      LayerName: 'greeting',
      Description: 'a word',
      CompatibleRuntimes: ['nodejs22.x'],
      Content: { ZipFile: greeting('hello') },
    })
    expect(one).toMatchObject({
      LayerArn: layerArn('greeting'),
      LayerVersionArn: `${layerArn('greeting')}:1`,
      Version: 1,
      Description: 'a word',
      CompatibleRuntimes: ['nodejs22.x'],
    })
    expect(one.LicenseInfo).toBeUndefined()
    const other = await lambda.publishLayerVersion({
      LayerName: 'other',
      Content: { ZipFile: greeting('good day') },
    })
    const Layers = [one.LayerVersionArn!, other.LayerVersionArn!]
    const code = "const g = require('greeting'); exports.handler = async () => g"
    const shown = await made('greeter', { Layers, Code: { ZipFile: zip({ 'index.js': code }) } })
    expect(shown.Layers?.map(({ Arn }) => Arn)).toEqual(Layers)
    expect(shown.Layers?.[0]?.CodeSize).toBe(one.Content?.CodeSize)
    await lambda.deleteLayerVersion({ LayerName: 'other', VersionNumber: 1 })
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'greeter' }))
    expect(Buffer.from(Payload!).toString()).toBe('"good day"')
    const next = await lambda.publishLayerVersion({
      LayerName: 'other',
      Content: { ZipFile: greeting('again') },
    })
    expect(next.Version).toBe(2)
    const { Layers: all } = await lambda.listLayers({})
    expect(all?.map((each) => [each.LayerName, each.LatestMatchingVersion?.Version])).toEqual([
      ['greeting', 1],
      ['other', 2],
    ])
    const { LayerVersions } = await lambda.listLayerVersions({ LayerName: 'other' })
    expect(LayerVersions?.map(({ Version }) => Version)).toEqual([2])
  })

  it('are refused in the words of AWS where they are not there', async () => {
    const { LayerVersionArn: arn } = await lambda.publishLayerVersion({
      LayerName: 'twice',
      Content: { ZipFile: zip({ a: '1' }) },
    })
    await lambda.publishLayerVersion({ LayerName: 'twice', Content: { ZipFile: zip({ a: '2' }) } })
    const none = `${layerArn('none')}:1`
    expect(await refusal(made('x', { Layers: [none] }))).toBe(
      `InvalidParameterValueException: Layer version ${none} does not exist.`,
    )
    expect(await refusal(made('x', { Layers: [arn!, `${layerArn('twice')}:2`] }))).toBe(
      `InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. ${arn} and ${layerArn('twice')}:2 are versions of the same layer.`,
    )
    const named = { LayerName: 'twice', VersionNumber: 9 }
    expect(await refusal(lambda.getLayerVersion(named))).toBe(
      'ResourceNotFoundException: The resource you requested does not exist.',
    )
    expect(await refusal(lambda.getLayerVersionPolicy(named))).toBe(
      `ResourceNotFoundException: Layer version ${layerArn('twice')}:9 does not exist.`,
    )
  })

  it('are shared by statements of a policy', async () => {
    const named = { LayerName: 'twice', VersionNumber: 1 }
    expect(await refusal(lambda.getLayerVersionPolicy(named))).toBe(
      'ResourceNotFoundException: No policy is associated with the given resource.',
    )
    const statement = { ...named, StatementId: 'all', Action: 'lambda:GetLayerVersion' }
    const made = await lambda.addLayerVersionPermission({ ...statement, Principal: '*' })
    expect(JSON.parse(made.Statement!)).toEqual({
      Sid: 'all',
      Effect: 'Allow',
      Principal: '*',
      Action: 'lambda:GetLayerVersion',
      Resource: `${layerArn('twice')}:1`,
    })
    expect((await lambda.getLayerVersionPolicy(named)).RevisionId).toBe(made.RevisionId)
    expect(
      await refusal(lambda.addLayerVersionPermission({ ...statement, Principal: '*' })),
    ).toMatch(/^ResourceConflictException: The statement id \(all\) provided already exists/)
    await lambda.removeLayerVersionPermission({ ...named, StatementId: 'all' })
    expect(
      await refusal(lambda.removeLayerVersionPermission({ ...named, StatementId: 'all' })),
    ).toBe('ResourceNotFoundException: Statement all is not found in resource policy.')
  })
})
