import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  GetStackPolicyCommand,
  SetStackPolicyCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStacks, type StacksUnderTest } from './stacks-under-test.ts'

let under: StacksUnderTest
beforeAll(async () => {
  under = await startStacks()
})
afterAll(() => under.stop())

const queue = (name: string, delay = 0) =>
  `  ${name}: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: ${delay}}}`
const topic = (name: string, display: string) =>
  `  ${name}: {Type: AWS::SNS::Topic, Properties: {TopicName: ${display}}}`
const template = (...resources: string[]) => ['Resources:', ...resources].join('\n')

const rule = (Effect: string, Action: string | string[], Resource: string, more = {}) => ({
  Effect,
  Action,
  Principal: '*',
  Resource,
  ...more,
})
const policy = (...Statement: object[]) => JSON.stringify({ Statement })
const all = rule('Allow', 'Update:*', '*')

async function made(StackName: string, TemplateBody: string) {
  await under.cfn.send(new CreateStackCommand({ StackName, TemplateBody }))
  await under.settled(StackName)
}

async function updated(StackName: string, TemplateBody: string, more = {}) {
  await under.cfn.send(new UpdateStackCommand({ StackName, TemplateBody, ...more }))
  const { StackStatus } = await under.settled(StackName)
  const { StackEvents } = await under.cfn.send(new DescribeStackEventsCommand({ StackName }))
  const refused = StackEvents!.find((event) => event.ResourceStatus === 'UPDATE_FAILED')
  return [StackStatus, refused?.ResourceStatusReason]
}

const put = (StackName: string, StackPolicyBody: string) =>
  under.cfn.send(new SetStackPolicyCommand({ StackName, StackPolicyBody }))

const standing = async (StackName: string) =>
  (await under.cfn.send(new GetStackPolicyCommand({ StackName }))).StackPolicyBody

test.each([
  {
    what: 'a change',
    rules: [rule('Deny', 'Update:Modify', 'LogicalResourceId/Jobs')],
    after: [queue('Jobs', 5), topic('News', 'news-a')],
    refusal: 'Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/Jobs];',
  },
  {
    what: 'a replacement',
    rules: [rule('Deny', ['Update:Replace', 'Update:Delete'], 'LogicalResourceId/N*')],
    after: [queue('Jobs'), topic('News', 'news-b')],
    refusal:
      'Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/News];',
  },
  {
    what: 'a removal',
    rules: [
      rule('Deny', 'Update:Delete', '*', {
        Condition: { StringEquals: { ResourceType: ['AWS::SNS::Topic'] } },
      }),
    ],
    after: [queue('Jobs')],
    refusal: 'Statement [#2] does not allow [Update:Delete] for resource [LogicalResourceId/News];',
  },
])('$what that the policy denies is taken back', async ({ what, rules, after, refusal }) => {
  const StackName = what.replaceAll(' ', '-')
  await made(StackName, template(queue('Jobs'), topic('News', 'news-a')))
  await put(StackName, policy(all, ...rules))
  expect(await updated(StackName, template(...after))).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    `Action denied by stack policy: ${refusal}`,
  ])
  const StackPolicyDuringUpdateBody = policy(all)
  const [status] = await updated(StackName, template(...after), { StackPolicyDuringUpdateBody })
  expect(status).toBe('UPDATE_COMPLETE')
  expect(await standing(StackName)).toBe(policy(all, ...rules))
})

test('the last statement about a resource decides, and what none is about is kept', async () => {
  await made('order', template(queue('Jobs'), queue('Dead')))
  await put('order', policy(rule('Deny', 'Update:*', '*'), all))
  expect(await updated('order', template(queue('Jobs', 1), queue('Dead')))).toEqual([
    'UPDATE_COMPLETE',
    undefined,
  ])
  await put('order', policy(rule('Allow', 'Update:*', 'LogicalResourceId/Jobs')))
  expect(await updated('order', template(queue('Jobs', 1), queue('Dead', 1)))).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    'Action not allowed by stack policy',
  ])
  await put('order', '{}')
  expect((await updated('order', template(queue('Jobs', 1), queue('Dead', 2))))[0]).toBe(
    'UPDATE_COMPLETE',
  )
})

test('a policy that comes with an update holds from the next one', async () => {
  await made('later', template(queue('Jobs')))
  const StackPolicyBody = policy(rule('Deny', 'Update:*', '*'))
  expect((await updated('later', template(queue('Jobs', 1)), { StackPolicyBody }))[0]).toBe(
    'UPDATE_COMPLETE',
  )
  expect(await standing('later')).toBe(StackPolicyBody)
  expect((await updated('later', template(queue('Jobs', 2))))[0]).toBe('UPDATE_ROLLBACK_COMPLETE')
})

test.each([
  ['no JSON', '{Statement', 'Invalid stack policy'],
  ['one principal', policy({ ...all, Principal: 'me' }), 'Invalid stack policy'],
  ['an action of none', policy({ ...all, Action: 'Delete:*' }), 'Invalid stack policy'],
  [
    'a resource of none',
    policy(rule('Deny', 'Update:*', 'LogicalResourceId/Other')),
    "Unknown logical id 'LogicalResourceId/Other' in statement {} - stack policies can only be applied to logical ids referenced in the template",
  ],
])('a policy with %s is refused', async (what, text, why) => {
  if (what === 'no JSON') await made('checked', template(queue('Jobs')))
  await expect(put('checked', text)).rejects.toThrow(`Error validating stack policy: ${why}`)
})
