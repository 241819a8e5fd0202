import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { GetRolePolicyCommand, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type StacksUnderTest, startStacks } from './stacks-under-test.ts'

let stacks: StacksUnderTest
beforeAll(async () => {
  stacks = await startStacks()
})
afterAll(() => stacks.stop())

const trust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
}
const document = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
}

const template = {
  Resources: {
    Ci: {
      Type: 'AWS::IAM::OIDCProvider',
      Properties: {
        Url: 'https://token.actions.example.com',
        ClientIdList: ['sts.amazonaws.com'],
        ThumbprintList: ['a'.repeat(40)],
      },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'of-stack', AssumeRolePolicyDocument: trust },
    },
    More: {
      Type: 'AWS::IAM::RolePolicy',
      Properties: { RoleName: { Ref: 'Role' }, PolicyName: 'more', PolicyDocument: document },
    },
    Spot: {
      Type: 'AWS::IAM::ServiceLinkedRole',
      Properties: { AWSServiceName: 'spot.amazonaws.com' },
    },
    User: { Type: 'AWS::IAM::User', Properties: { UserName: 'of-stack' } },
    Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'of-stack' } },
    Member: {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: { Ref: 'Group' }, Users: [{ Ref: 'User' }] },
    },
  },
  Outputs: {
    Provider: { Value: { 'Fn::GetAtt': ['Ci', 'Arn'] } },
    Linked: { Value: { Ref: 'Spot' } },
  },
}

it('makes and removes providers, linked roles, single policies and memberships', async () => {
  const StackName = 'identity'
  const TemplateBody = JSON.stringify(template)
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await stacks.cfn.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }))
  const made = await stacks.settled(StackName)
  expect(made.StackStatus).toBe('CREATE_COMPLETE')
  const outputs = Object.fromEntries(made.Outputs!.map((o) => [o.OutputKey, o.OutputValue]))
  expect(outputs).toEqual({
    Provider: 'arn:aws:iam::000000000000:oidc-provider/token.actions.example.com',
    Linked: 'AWSServiceRoleForEC2Spot',
  })
  const policy = new GetRolePolicyCommand({ RoleName: 'of-stack', PolicyName: 'more' })
  expect((await stacks.iam.send(policy)).PolicyDocument).toBe(
    encodeURIComponent(JSON.stringify(document)).replaceAll('*', '%2A'),
  )
  await stacks.cfn.send(new DeleteStackCommand({ StackName: made.StackId }))
  expect((await stacks.settled(made.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  const left = await stacks.iam.send(new ListOpenIDConnectProvidersCommand({}))
  expect(left.OpenIDConnectProviderList).toEqual([])
})
