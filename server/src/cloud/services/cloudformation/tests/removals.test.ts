import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { refusal, settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const kept = (name: string, more = '') =>
  `{Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: ${name}}${more}}`
const failing = (after: string) =>
  `{Type: AWS::SQS::Queue, DependsOn: ${after}, Properties: {QueueName: 'no name'}}`

async function isThere(logGroupName: string): Promise<boolean> {
  const logs = new CloudWatchLogs(under.config())
  const { logGroups = [] } = await logs.describeLogGroups({ logGroupNamePrefix: logGroupName })
  return logGroups.length > 0
}

it.each([false, true])(
  'what a failed creation made goes in spite of its policy: %s',
  async (RetainExceptOnCreate) => {
    const StackName = `made-${RetainExceptOnCreate}`
    const TemplateBody = `Resources: {Group: ${kept(StackName)}, Bad: ${failing('Group')}}`
    await cfn.createStack({ StackName, TemplateBody, RetainExceptOnCreate })
    expect((await settledStack(cfn, StackName)).StackStatus).toBe('ROLLBACK_COMPLETE')
    expect(await isThere(StackName)).toBe(!RetainExceptOnCreate)
  },
)

it.each([false, true])(
  'what a failed update made goes in spite of its policy: %s',
  async (RetainExceptOnCreate) => {
    const StackName = `added-${RetainExceptOnCreate}`
    const first = `Old: ${kept(`${StackName}-old`)}`
    await cfn.createStack({ StackName, TemplateBody: `Resources: {${first}}` })
    await settledStack(cfn, StackName)
    const added = `Group: ${kept(`${StackName}-new`)}, Bad: ${failing('Group')}`
    const TemplateBody = `Resources: {${first}, ${added}}`
    await cfn.updateStack({ StackName, TemplateBody, RetainExceptOnCreate })
    expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await isThere(`${StackName}-new`)).toBe(!RetainExceptOnCreate)
    expect(await isThere(`${StackName}-old`)).toBe(true)
  },
)

it('a stack that is not rolled back says so', async () => {
  const StackName = 'left'
  const TemplateBody = `Resources: {Group: ${kept(StackName)}, Bad: ${failing('Group')}}`
  await cfn.createStack({ StackName, TemplateBody, DisableRollback: true })
  const left = { StackStatus: 'CREATE_FAILED', DisableRollback: true }
  expect(await settledStack(cfn, StackName)).toMatchObject(left)
})

it('a stack whose resource will not go is removed by force', async () => {
  const StackName = 'stuck'
  const TemplateBody =
    'Resources: {Files: {Type: AWS::S3::Bucket, Properties: {BucketName: stuck-files}}}'
  const { StackId } = await cfn.createStack({ StackName, TemplateBody })
  await settledStack(cfn, StackName)
  await new S3(under.config()).putObject({ Bucket: 'stuck-files', Key: 'a', Body: 'a' })
  const force = { StackName, DeletionMode: 'FORCE_DELETE_STACK' as const }
  expect(await refusal(cfn.deleteStack(force))).toContain('for stacks in DELETE_FAILED state')
  await cfn.deleteStack({ StackName })
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('DELETE_FAILED')
  await cfn.deleteStack(force)
  expect((await settledStack(cfn, StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  await new S3(under.config()).headBucket({ Bucket: 'stuck-files' })
})

it.each([
  ['DeletionPolicy', 'deletion'],
  ['UpdateReplacePolicy', 'update replace'],
])('no type leaves a snapshot by its %s', async (member, words) => {
  const TemplateBody = `Resources: {Queue: {Type: AWS::SQS::Queue, ${member}: Snapshot}}`
  expect(await refusal(cfn.createStack({ StackName: 'snap', TemplateBody }))).toBe(
    `Template error: resource type AWS::SQS::Queue does not support ${words} policy Snapshot`,
  )
})
