import * as Iam from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

// Members and refusals as the real service answered them (public recordings of 2023 to 2026).

let cloud: CloudUnderTest
let iam: Iam.IAM

beforeAll(async () => {
  cloud = await startCloud()
  iam = new Iam.IAM(cloud.config())
})
afterAll(() => cloud.stop())

const trust = (principal: object = { Service: 'ec2.amazonaws.com' }) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  })
const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }],
})
const account = '000000000000'

const refused = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: Error & { $metadata: { httpStatusCode: number } }) =>
      `${error.name.replace(/Exception$/, '')} ${error.$metadata.httpStatusCode}: ${error.message}`,
  )

describe('what answers have', () => {
  it('tells of a role what the operation tells', async () => {
    const RoleName = 'told'
    const made = await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: trust(),
      Description: 'of late',
      Tags: [
        { Key: 'z', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    })
    const inner = ['Arn', 'AssumeRolePolicyDocument', 'CreateDate', 'Path', 'RoleId', 'RoleName']
    expect(Object.keys(made.Role!).sort()).toEqual([...inner, 'Tags'])
    expect(made.Role!.Tags!.map(({ Key }) => Key)).toEqual(['z', 'a'])
    expect(made.Role!.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/)
    const got = (await iam.getRole({ RoleName })).Role!
    expect(got).toMatchObject({
      Description: 'of late',
      MaxSessionDuration: 3600,
      RoleLastUsed: {},
    })
    expect(got.Tags!.map(({ Key }) => Key)).toEqual(['a', 'z'])
    const listed = (await iam.listRoles({ PathPrefix: '/' })).Roles!.find(
      (r) => r.RoleName === RoleName,
    )
    expect(Object.keys(listed!).sort()).toEqual(
      [...inner, 'Description', 'MaxSessionDuration'].sort(),
    )
    const described = await iam.updateRoleDescription({ RoleName, Description: 'new' })
    expect(Object.keys(described.Role!).sort()).toEqual([...inner, 'Description'].sort())
  })

  it('tells tags of a policy and a profile only where they are asked for', async () => {
    const made = await iam.createPolicy({ PolicyName: 'bare', PolicyDocument: document })
    expect(made.Policy).not.toHaveProperty('Tags')
    const got = await iam.getPolicy({ PolicyArn: made.Policy!.Arn })
    expect(got.Policy!.Tags).toEqual([])
    const profile = await iam.createInstanceProfile({ InstanceProfileName: 'bare' })
    expect(profile.InstanceProfile).not.toHaveProperty('Tags')
    const again = await iam.getInstanceProfile({ InstanceProfileName: 'bare' })
    expect(again.InstanceProfile).toMatchObject({ Tags: [], Roles: [] })
  })

  it('calls a permissions boundary by the name the service has for it', async () => {
    const { Policy } = await iam.createPolicy({ PolicyName: 'edge', PolicyDocument: document })
    const role = await iam.createRole({
      RoleName: 'bounded',
      AssumeRolePolicyDocument: trust(),
      PermissionsBoundary: Policy!.Arn,
    })
    expect(role.Role!.PermissionsBoundary).toEqual({
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: Policy!.Arn,
    })
  })

  it('gives root what root has', async () => {
    const { User } = await iam.getUser({})
    expect(User).toMatchObject({ UserId: account, Arn: `arn:aws:iam::${account}:root` })
    expect(User).not.toHaveProperty('UserName')
  })

  it('summarises the account', async () => {
    const { SummaryMap } = await iam.getAccountSummary({})
    expect(Object.keys(SummaryMap!)).toHaveLength(34)
    expect(SummaryMap).toMatchObject({
      AssumeRolePolicySizeQuota: 2048,
      GlobalEndpointTokenVersion: 1,
    })
    await iam.setSecurityTokenServicePreferences({ GlobalEndpointTokenVersion: 'v2Token' })
    expect((await iam.getAccountSummary({})).SummaryMap).toMatchObject({
      GlobalEndpointTokenVersion: 2,
    })
  })
})

describe('refusals', () => {
  const long = 'x'.repeat(129)
  const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`
  const tags = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: '' }))
  const role = (Tags: Iam.Tag[]) =>
    iam.createRole({ RoleName: 'never', AssumeRolePolicyDocument: trust(), Tags })

  it.each([
    [
      'NoSuchEntity 404: The role with name none cannot be found.',
      () => iam.getRole({ RoleName: 'none' }),
    ],
    [
      `NoSuchEntity 404: Policy ${arn('policy/none')} was not found.`,
      () => iam.getPolicy({ PolicyArn: arn('policy/none') }),
    ],
    [
      `NoSuchEntity 404: Policy ${arn('policy/none')} does not exist or is not attachable.`,
      () => iam.attachRolePolicy({ RoleName: 'told', PolicyArn: arn('policy/none') }),
    ],
    [
      'ValidationError 400: ARN longpolicynamebutnoarn is not valid.',
      () => iam.attachRolePolicy({ RoleName: 'told', PolicyArn: 'longpolicynamebutnoarn' }),
    ],
    [
      `InvalidInput 400: ARN ${arn('not_a_policy/x')} is not valid.`,
      () =>
        iam.putRolePermissionsBoundary({
          RoleName: 'told',
          PermissionsBoundary: arn('not_a_policy/x'),
        }),
    ],
    [
      `NoSuchEntity 404: Scope ARN: ${arn('policy/none')} does not exist or is not attachable.`,
      () =>
        iam.putRolePermissionsBoundary({
          RoleName: 'told',
          PermissionsBoundary: arn('policy/none'),
        }),
    ],
    [
      `NoSuchEntity 404: Policy ${arn('policy/none')} version v1 does not exist or is not attachable.`,
      () => iam.getPolicyVersion({ PolicyArn: arn('policy/none'), VersionId: 'v1' }),
    ],
    [
      String.raw`ValidationError 400: 1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`,
      () => iam.getPolicyVersion({ PolicyArn: arn('policy/none'), VersionId: '1' }),
    ],
    [
      'EntityAlreadyExists 409: A policy called bare already exists. Duplicate names are not allowed.',
      () => iam.createPolicy({ PolicyName: 'bare', PolicyDocument: document }),
    ],
    [
      "ValidationError 400: 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
      () => role(tags(51)),
    ],
    [
      "ValidationError 400: 1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128",
      () => role([{ Key: long, Value: '' }]),
    ],
    [
      String.raw`ValidationError 400: 1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`,
      () => iam.untagRole({ RoleName: 'told', TagKeys: [long] }),
    ],
    [
      'InvalidInput 400: Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      () =>
        role([
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ]),
    ],
    [
      "ValidationError 400: 3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095",
      () =>
        iam.updateAccountPasswordPolicy({
          MinimumPasswordLength: 129,
          PasswordReusePrevention: 25,
          MaxPasswordAge: 1096,
        }),
    ],
    [
      `NoSuchEntity 404: The Password Policy with domain name ${account} cannot be found.`,
      () => iam.getAccountPasswordPolicy({}),
    ],
    [
      'NoSuchEntity 404: The account policy with name PasswordPolicy cannot be found.',
      () => iam.deleteAccountPasswordPolicy({}),
    ],
    [
      `AccessDenied 403: User: arn:aws:iam::${account}:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE`,
      () => iam.getAccessKeyLastUsed({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
    ],
    [
      'ValidationError 400: Must specify userName when calling with non-User credentials',
      () => iam.deleteAccessKey({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
    ],
    [
      'MalformedPolicyDocument 400: This policy contains invalid Json',
      () => iam.createRole({ RoleName: 'never', AssumeRolePolicyDocument: 'no json' }),
    ],
    [
      `MalformedPolicyDocument 400: Invalid principal in policy: "AWS":"${arn('user/nobody')}"`,
      () =>
        iam.createRole({
          RoleName: 'never',
          AssumeRolePolicyDocument: trust({ AWS: arn('user/nobody') }),
        }),
    ],
    [
      'ValidationError 400: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
      () => iam.createUser({ UserName: 'never', Path: 'x/' }),
    ],
    [
      'OrganizationNotFound 400: The request was rejected because no organization is associated with your account.',
      () => iam.listOrganizationsFeatures({}),
    ],
    [
      'NoSuchEntity 404: Role told in Instance Profile bare cannot be found.',
      () => iam.removeRoleFromInstanceProfile({ InstanceProfileName: 'bare', RoleName: 'told' }),
    ],
    ['ValidationError 400: Invalid Marker.', () => iam.listUsers({ Marker: 'xyz' })],
    [
      'InvalidInput 400: Caller is not an end user; illegal system tag',
      () => role([{ Key: 'aws:owner', Value: '' }]),
    ],
    [
      'NoSuchEntity 404: Permissions boundary for Role told cannot be found.',
      () => iam.deleteRolePermissionsBoundary({ RoleName: 'told' }),
    ],
  ])('%s', async (expected, call) => {
    expect(await refused(call())).toBe(expected)
  })

  it('counts inline policies together', async () => {
    await iam.createUser({ UserName: 'stuffed' })
    const put = (PolicyName: string) =>
      iam.putUserPolicy({
        UserName: 'stuffed',
        PolicyName,
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'b'.repeat(1000)}` },
          ],
        }),
      })
    await put('one')
    expect(await refused(put('two'))).toBe(
      'LimitExceeded 409: Maximum policy size of 2048 bytes exceeded for user stuffed',
    )
  })
})

describe('service-linked roles', () => {
  it.each([
    ['custom-resource', 'CustomResource'],
    ['ec2', 'EC2SpotFleetRequest'],
    ['kafka', 'KafkaCluster'],
  ])('names the one of %s.application-autoscaling by what it scales', async (service, scaled) => {
    const AWSServiceName = `${service}.application-autoscaling.amazonaws.com`
    const { Role } = await iam.createServiceLinkedRole({ AWSServiceName })
    expect(Role!.RoleName).toBe(`AWSServiceRoleForApplicationAutoScaling_${scaled}`)
  })

  it('lets nobody but their service change them, and tells how their deletion went', async () => {
    const made = await iam.createServiceLinkedRole({ AWSServiceName: 'spot.amazonaws.com' })
    const RoleName = made.Role!.RoleName!
    expect(made.Role!.Arn).toBe(
      `arn:aws:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`,
    )
    expect(
      await refused(iam.createServiceLinkedRole({ AWSServiceName: 'spot.amazonaws.com' })),
    ).toBe(
      'InvalidInput 400: Service role name AWSServiceRoleForEC2Spot has been taken in this account, please try a different suffix.',
    )
    expect(await refused(iam.deleteRole({ RoleName }))).toContain(
      `UnmodifiableEntity 400: Cannot perform the operation on the protected role '${RoleName}'`,
    )
    const { DeletionTaskId } = await iam.deleteServiceLinkedRole({ RoleName })
    expect(await iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId })).toMatchObject({
      Status: 'SUCCEEDED',
    })
    expect(await refused(iam.getRole({ RoleName }))).toContain('NoSuchEntity')
  })
})
