import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cfn: CloudFormation

beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => error.message,
  )

it('says of a missing stack what the operation says of it at AWS', async () => {
  const StackName = 'none'
  const withId = 'Stack with id none does not exist'
  expect(await refusal(cfn.describeStacks({ StackName }))).toBe(withId)
  expect(await refusal(cfn.describeStackResources({ StackName }))).toBe(withId)
  expect(await refusal(cfn.getTemplate({ StackName }))).toBe(withId)
  const inBrackets = 'Stack [none] does not exist'
  expect(await refusal(cfn.describeStackEvents({ StackName }))).toBe(inBrackets)
  expect(await refusal(cfn.updateStack({ StackName, UsePreviousTemplate: true }))).toBe(inBrackets)
  expect(await refusal(cfn.describeStackResource({ StackName, LogicalResourceId: 'x' }))).toBe(
    "Stack 'none' does not exist",
  )
})

it('refuses a function there is not before anything is made', async () => {
  const TemplateBody = JSON.stringify({
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Upper': 'x' } } },
    },
  })
  expect(await refusal(cfn.createStack({ StackName: 'upper', TemplateBody }))).toMatch(
    /^Template error: Encountered unsupported function: Fn::Upper Supported functions are: \[Fn::Base64, /,
  )
})

it('leaves out of a description what the stack has none of', async () => {
  const TemplateBody = JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } } })
  await cfn.createStack({ StackName: 'plain', TemplateBody })
  const [stack] = (await cfn.describeStacks({ StackName: 'plain' })).Stacks!
  expect([stack!.Parameters, stack!.Outputs, stack!.Capabilities]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect([stack!.Tags, stack!.NotificationARNs]).toEqual([[], []])
})
