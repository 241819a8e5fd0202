import { describe, expect, it } from 'vitest'
import { checkPolicy, evaluate, explain, matches, parsePolicy, type Question } from './index.ts'
import { conditionsHold } from './conditions.ts'

const arn = 'arn:aws:iam::111111111111:user/minji'

function policy(...statements: object[]) {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
}

const allow = (
  Action: string | string[],
  Resource: string | string[] = '*',
  more: object = {},
) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const deny = (Action: string, Resource = '*', more: object = {}) => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
})

function ask(parts: Partial<Question> & { allow?: object[] } = {}): Question {
  return {
    subject: { kind: 'user', account: '111111111111', arn },
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::site/index.html',
    resourceAccount: '111111111111',
    values: new Map(),
    identity: parts.allow ? [{ name: 'inline', document: policy(...parts.allow) }] : [],
    ...parts,
  }
}

const decide = (parts: Partial<Question> & { allow?: object[] }) => evaluate(ask(parts)).decision

describe('matching', () => {
  it.each([
    ['*', 'anything', true],
    ['arn:aws:s3:::site/*', 'arn:aws:s3:::site/a/b', true],
    ['arn:aws:s3:::site/*', 'arn:aws:s3:::site2/a', false],
    ['s3:Get?bject', 's3:GetObject', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['a*', 'a', true],
    ['', '', true],
    ['a', 'ab', false],
  ])('%s on %s is %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected)
  })

  it('fills variables and takes what they bring literally', () => {
    const values = new Map([['aws:username', ['a*']]])
    expect(matches('home/${aws:username}/*', 'home/a*/x', values)).toBe(true)
    expect(matches('home/${aws:username}/*', 'home/abc/x', values)).toBe(false)
    expect(matches('home/${aws:missing}/*', 'home//x', values)).toBe(false)
    expect(matches("home/${aws:missing, 'all'}/*", 'home/all/x', values)).toBe(true)
    expect(matches('${*}', '*', values)).toBe(true)
    expect(matches('${*}', 'x', values)).toBe(false)
  })

  it('stays fast on patterns made to be slow', () => {
    const before = process.cpuUsage()
    expect(matches(`${'*a'.repeat(30)}*b`, 'a'.repeat(5000))).toBe(false)
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
  })
})

describe('conditions', () => {
  const holds = (operator: string, key: string, values: string[], actual?: string[]) =>
    conditionsHold(
      [{ operator, key, values }],
      new Map(actual ? [[key.toLowerCase(), actual]] : []),
    )

  it.each([
    ['StringEquals', ['a'], ['a'], true],
    ['StringEquals', ['a'], ['A'], false],
    ['StringEqualsIgnoreCase', ['a'], ['A'], true],
    ['StringNotEquals', ['a'], ['b'], true],
    ['StringNotEquals', ['a', 'b'], ['b'], false],
    ['StringLike', ['a*'], ['abc'], true],
    ['StringNotLike', ['a*'], ['abc'], false],
    ['NumericLessThan', ['10'], ['9'], true],
    ['NumericGreaterThanEquals', ['10'], ['10'], true],
    ['NumericEquals', ['10'], ['x'], false],
    ['DateGreaterThan', ['2026-01-01T00:00:00Z'], ['2026-06-01T00:00:00Z'], true],
    ['DateLessThan', ['1767225600'], ['2025-01-01T00:00:00Z'], true],
    ['Bool', ['true'], ['TRUE'], true],
    ['IpAddress', ['10.0.0.0/8'], ['10.1.2.3'], true],
    ['IpAddress', ['10.0.0.0/8'], ['::ffff:10.1.2.3'], true],
    ['NotIpAddress', ['10.0.0.0/8'], ['11.1.2.3'], true],
    ['IpAddress', ['2001:db8::/32'], ['2001:db8::1'], true],
    ['ArnLike', ['arn:aws:sns:*:123456789012:*'], ['arn:aws:sns:us-east-1:123456789012:t'], true],
    ['ArnLike', ['arn:aws:*'], ['arn:aws:sns:us-east-1:123456789012:t'], false],
    ['Null', ['true'], undefined, true],
    ['Null', ['false'], ['x'], true],
    ['Null', ['true'], ['x'], false],
    ['StringEquals', ['a'], undefined, false],
    ['StringNotEquals', ['a'], undefined, true],
    ['StringEqualsIfExists', ['a'], undefined, true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a'], undefined, true],
    ['ForAnyValue:StringEquals', ['a'], ['x', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], undefined, false],
    ['StringSomething', ['a'], ['a'], false],
  ] as [string, string[], string[] | undefined, boolean][])(
    '%s %j with %j is %s',
    (operator, values, actual, expected) => {
      expect(holds(operator, 'aws:Key', values, actual)).toBe(expected)
    },
  )
})

describe('evaluation', () => {
  it.each([
    ['111111111111', undefined, 'allowed'],
    ['222222222222', undefined, 'implicitDeny'],
    ['111111111111', '222222222222', 'implicitDeny'],
  ])('lets a service of %s that acts for %s in without a policy: %s', (account, source, told) => {
    const subject = { kind: 'service' as const, account, arn: 's', service: 's3.amazonaws.com' }
    const values = new Map(source === undefined ? [] : [['aws:sourceaccount', [source]]])
    const { decision } = evaluate({ ...ask(), subject, values })
    expect(decision).toBe(told)
  })

  it('denies what nothing allows and says so in the words of AWS', () => {
    const question = ask()
    const verdict = evaluate(question)
    expect(verdict.decision).toBe('implicitDeny')
    expect(explain(question, verdict)).toBe(
      `User: ${arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::site/index.html" because no identity-based policy allows the s3:GetObject action`,
    )
  })

  it.each([
    ['iam:ListRoles', '*', 'iam:ListRoles on resource: arn:aws:iam::111111111111:role/'],
    ['iam:ListPolicies', '*', 'iam:ListPolicies on resource: policy path /'],
    [
      'iam:GetRole',
      'arn:aws:iam::111111111111:role/ci/deploy',
      'iam:GetRole on resource: role deploy',
    ],
    [
      'iam:PassRole',
      'arn:aws:iam::111111111111:role/r',
      'iam:PassRole on resource: arn:aws:iam::111111111111:role/r',
    ],
    [
      'iam:GetPolicy',
      'arn:aws:iam::aws:policy/P',
      'iam:GetPolicy on resource: policy arn:aws:iam::aws:policy/P',
    ],
    ['sns:ListTopics', '*', 'SNS:ListTopics on resource: arn:aws:sns:us-east-1:111111111111:*'],
    [
      'sqs:SendMessage',
      'arn:aws:sqs:us-east-1:1:q',
      'sqs:sendmessage on resource: arn:aws:sqs:us-east-1:1:q',
    ],
    ['sqs:ListQueues', '*', 'sqs:listqueues on resource: arn:aws:sqs:us-east-1:111111111111:'],
  ])('calls %s on %s as its service does', (action, resource, told) => {
    const values = new Map([['aws:requestedregion', ['us-east-1']]])
    const question = { ...ask(), action, resource, values }
    expect(explain(question, evaluate(question))).toBe(
      `User: ${arn} is not authorized to perform: ${told} because no identity-based policy allows the ${told.split(' ')[0]} action`,
    )
  })

  it('names the managed policy that denies', () => {
    const policy = 'arn:aws:iam::111111111111:policy/no'
    const verdict = { decision: 'explicitDeny', layer: 'identity', policy } as const
    const start = 'with an explicit deny in an identity-based policy'
    expect(explain(ask(), verdict)).toMatch(new RegExp(`${start}: ${policy}$`))
    expect(explain(ask(), { ...verdict, policy: 'inline' })).toMatch(new RegExp(`${start}$`))
  })

  it('has variables in the younger version alone', () => {
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: '*',
      Resource: 'arn:${aws:username}',
    }
    const readAs = (Version: string, resource: string) => {
      const resourcePolicy = parsePolicy(JSON.stringify({ Version, Statement: [statement] }))
      const values = new Map([['aws:username', ['minji']]])
      return evaluate({ ...ask(), resource, values, resourcePolicy }).decision
    }
    expect(readAs('2012-10-17', 'arn:minji')).toBe('allowed')
    expect(readAs('2008-10-17', 'arn:minji')).toBe('implicitDeny')
    expect(readAs('2008-10-17', 'arn:${aws:username}')).toBe('allowed')
  })

  it('lets an explicit deny win', () => {
    const question = ask({ allow: [allow('s3:*'), deny('s3:Get*')] })
    const verdict = evaluate(question)
    expect(verdict.decision).toBe('explicitDeny')
    expect(explain(question, verdict)).toContain(
      'with an explicit deny in an identity-based policy',
    )
  })

  it('knows NotAction and NotResource', () => {
    expect(decide({ allow: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }] })).toBe(
      'allowed',
    )
    const other = { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::site/*' }
    expect(decide({ allow: [other] })).toBe('implicitDeny')
  })

  it('compares actions without case and resources with it', () => {
    expect(decide({ allow: [allow('S3:getobject')] })).toBe('allowed')
    expect(decide({ allow: [allow('s3:*', 'arn:aws:s3:::SITE/*')] })).toBe('implicitDeny')
  })

  it('holds a user inside the boundary and the session policies', () => {
    const boundary = { name: 'b', document: policy(allow('ec2:*')) }
    expect(evaluate(ask({ allow: [allow('*')], boundary }))).toMatchObject({
      decision: 'implicitDeny',
      layer: 'boundary',
    })
    const session = [{ name: 's', document: policy(allow('s3:Put*')) }]
    expect(evaluate(ask({ allow: [allow('*')], session }))).toMatchObject({ layer: 'session' })
  })

  it('lets a resource grant to the user itself pass its boundary', () => {
    const boundary = { name: 'b', document: policy(allow('ec2:*')) }
    const grant = allow('s3:*', '*', { Principal: { AWS: arn } })
    expect(decide({ boundary, resourcePolicy: policy(grant) })).toBe('allowed')
    const toAccount = allow('s3:*', '*', { Principal: { AWS: '111111111111' } })
    expect(decide({ resourcePolicy: policy(toAccount) })).toBe('implicitDeny')
  })

  it('asks both sides across accounts', () => {
    const toThem = policy(allow('s3:*', '*', { Principal: { AWS: '111111111111' } }))
    const far = { resourceAccount: '222222222222' }
    expect(decide({ ...far, allow: [allow('s3:*')] })).toBe('implicitDeny')
    expect(decide({ ...far, resourcePolicy: toThem })).toBe('implicitDeny')
    expect(decide({ ...far, allow: [allow('s3:*')], resourcePolicy: toThem })).toBe('allowed')
  })

  it('lets nobody in but by the resource, and NotPrincipal keep one out', () => {
    const subject = { kind: 'anonymous' as const, account: '111111111111', arn: '*' }
    const open = policy(allow('s3:GetObject', '*', { Principal: '*' }))
    expect(decide({ subject })).toBe('implicitDeny')
    expect(decide({ subject, resourcePolicy: open })).toBe('allowed')
    const spared = { AWS: [arn, '111111111111'] }
    const allBut = { Effect: 'Deny', NotPrincipal: spared, Action: '*', Resource: '*' }
    const guarded = policy(allow('*', '*', { Principal: '*' }), allBut)
    expect(decide({ subject, resourcePolicy: guarded })).toBe('explicitDeny')
    expect(decide({ resourcePolicy: guarded })).toBe('allowed')
  })

  const root = 'arn:aws:iam::111111111111:root'
  const roleArn = 'arn:aws:iam::111111111111:role/app'
  const sessionArn = 'arn:aws:sts::111111111111:assumed-role/app/s1'
  const session = { kind: 'role' as const, account: '111111111111', arn: sessionArn, roleArn }

  it.each([
    ['a user without the account', [arn], {}, 'explicitDeny'],
    ['the account without the user', [root], {}, 'explicitDeny'],
    ['a user and the account', [arn, root], {}, 'allowed'],
    [
      'a user with a boundary',
      [arn, root],
      { boundary: { name: 'all', document: policy(allow('*')) } },
      'explicitDeny',
    ],
    ['everybody', ['*'], {}, 'allowed'],
    ['a role without its session', [roleArn, root], { subject: session }, 'explicitDeny'],
    [
      'a role, its session and the account',
      [roleArn, sessionArn, root],
      { subject: session },
      'allowed',
    ],
  ])('spares by a NotPrincipal in a Deny %s: %j', (_who, named, given, decision) => {
    const all = { Action: '*', Resource: '*' }
    const others = { Effect: 'Deny', NotPrincipal: { AWS: named }, ...all }
    const open = { Effect: 'Allow', Principal: '*', ...all }
    expect(decide({ ...given, resourcePolicy: policy(open, others) })).toBe(decision)
  })
})

describe('documents', () => {
  const refusal = (document: object | string, kind: 'identity' | 'trust' = 'identity') => {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    try {
      checkPolicy(text, kind)
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }
  const one = (statement: object) => ({ Version: '2012-10-17', Statement: statement })

  it.each([
    ['{', 'Syntax errors in policy.'],
    [{}, 'Syntax errors in policy.'],
    [{ Statement: allow('s3:*') }, 'Policy document must be version 2012-10-17 or greater.'],
    [one({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
    [one({ Effect: 'Allow', Action: 's3:*' }), 'Policy statement must contain resources.'],
    [
      one(allow('s3')),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [one(allow('s3:*', 'site')), 'Resource site must be in ARN format or "*".'],
    [
      one(allow('s3:*', '*', { Principal: '*' })),
      'Policy document should not specify a principal.',
    ],
    [one(allow('s3:*', '*', { Colour: 'red' })), 'Syntax errors in policy.'],
  ])('refuses %j', (document, message) => {
    expect(refusal(document)).toBe(message)
  })

  it('wants a principal and no resource in a trust policy', () => {
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole' }
    const Principal = { Service: 'lambda.amazonaws.com' }
    expect(refusal(one({ ...trust, Principal }), 'trust')).toBeUndefined()
    expect(refusal(one({ ...trust, Principal, Resource: '*' }), 'trust')).toBe(
      'Has prohibited field Resource',
    )
    const NotPrincipal = Principal
    expect(refusal(one({ ...trust, Effect: 'Deny', NotPrincipal }), 'trust')).toBe(
      'Has prohibited field NotPrincipal',
    )
  })
})
