import { describe, expect, it } from 'vitest'
import { evaluate, parsePolicy, type Question, traceDecision } from './index.ts'

// Random policies and questions, decided once more by an evaluator written from the user guide's
// flow chart: no shared code, no early ends. MADANG_FUZZ_SEED and _ROUNDS as for the codecs.

const seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 20_261_122)
const rounds = Number(process.env['MADANG_FUZZ_ROUNDS'] ?? 1) * 4000

function randomOf(start: number) {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Raw {
  Effect: 'Allow' | 'Deny'
  Action?: string[]
  NotAction?: string[]
  Resource?: string[]
  NotResource?: string[]
  Principal?: { AWS: string[] } | '*'
  NotPrincipal?: { AWS: string[] }
  Condition?: Record<string, Record<string, string[]>>
}

const [here, there] = ['111111111111', '222222222222']
const user = `arn:aws:iam::${here}:user/minji`
const role = `arn:aws:iam::${here}:role/builder`
const session = `arn:aws:sts::${here}:assumed-role/builder/run`
const actions = ['s3:GetObject', 's3:PutObject', 'iam:GetUser', 'S3:getobject']
const patterns = ['*', 's3:*', 's3:Get*', 'iam:?etUser', 's3:PutObject', 'sqs:*']
const resources = ['arn:aws:s3:::a/x', 'arn:aws:s3:::a/minji/y', 'arn:aws:s3:::b']
const targets = [
  '*',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::a/${aws:username}/*',
  'arn:aws:s3:::?',
  'arn:aws:s3:::b',
]
const principals = ['*', here, there, user, role, session, `arn:aws:iam::${here}:root`]
const operators = [
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'StringEqualsIgnoreCase',
  'StringEqualsIfExists',
  'ForAllValues:StringLike',
  'ForAnyValue:StringEquals',
  'Null',
  'NumericLessThan',
]
const keys = ['aws:username', 'aws:TagKeys', 's3:max-keys']
const wanted = ['minji', 'MINJI', 'm*', 'a', 'true', 'false', '10', '${aws:username}']

function maker(random: () => number) {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const some = <T>(list: readonly T[]) =>
    Array.from({ length: 1 + Math.floor(random() * 2) }, () => one(list))
  const maybe = (chance: number) => random() < chance
  const statement = (isResource: boolean): Raw => ({
    Effect: maybe(0.75) ? 'Allow' : 'Deny',
    ...(maybe(0.8) ? { Action: some(patterns) } : { NotAction: some(patterns) }),
    ...(maybe(0.85) ? { Resource: some(targets) } : { NotResource: some(targets) }),
    ...(maybe(0.4) && { Condition: { [one(operators)]: { [one(keys)]: some(wanted) } } }),
    ...(isResource &&
      (maybe(0.85)
        ? { Principal: maybe(0.1) ? '*' : { AWS: some(principals) } }
        : { NotPrincipal: { AWS: some(principals) } })),
  })
  const policy = (isResource = false) =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(isResource))
  return { one, maybe, policy, some }
}

const parsed = (statements: Raw[]) =>
  parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }))

interface Case {
  kind: 'user' | 'role' | 'anonymous'
  action: string
  resource: string
  owner: string
  values: Record<string, string[]>
  identity: Raw[][]
  boundary?: Raw[]
  session?: Raw[][]
  own?: Raw[]
}

function randomCase(random: () => number): Case {
  const { one, maybe, policy, some } = maker(random)
  const kind = maybe(0.1) ? 'anonymous' : one(['user', 'role'] as const)
  return {
    kind,
    action: one(actions),
    resource: one(resources),
    owner: maybe(0.75) ? here : there,
    values: {
      ...(kind === 'user' && { 'aws:username': ['minji'] }),
      ...(maybe(0.5) && { 'aws:tagkeys': some(['a', 'minji', 'b']) }),
      ...(maybe(0.5) && { 's3:max-keys': [one(['5', '10', 'x'])] }),
    },
    identity:
      kind === 'anonymous' ? [] : Array.from({ length: Math.floor(random() * 3) }, () => policy()),
    ...(kind !== 'anonymous' && maybe(0.3) && { boundary: policy() }),
    ...(kind === 'role' && maybe(0.3) && { session: [policy()] }),
    ...(maybe(0.6) && { own: policy(true) }),
  }
}

function questionOf(given: Case): Question {
  const arn = { user, role: session, anonymous: '*' }[given.kind]
  return {
    subject: {
      kind: given.kind,
      account: here,
      arn,
      ...(given.kind === 'role' && { roleArn: role }),
    },
    action: given.action,
    resource: given.resource,
    resourceAccount: given.owner,
    values: new Map(Object.entries(given.values)),
    identity: given.identity.map((list, index) => ({ name: `i${index}`, document: parsed(list) })),
    ...(given.boundary && { boundary: { name: 'b', document: parsed(given.boundary) } }),
    ...(given.session && {
      session: given.session.map((list) => ({ name: 's', document: parsed(list) })),
    }),
    ...(given.own && { resourcePolicy: parsed(given.own) }),
  }
}

// — the other evaluator —

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Undefined where a variable has no value. */
function regexOf(pattern: string, values: Case['values'], flags = ''): RegExp | undefined {
  let source = ''
  for (const part of pattern.split(/(\$\{[^}]+\}|\*|\?)/)) {
    if (part === '*') source += '[^]*'
    else if (part === '?') source += '[^]'
    else if (part.startsWith('${')) {
      const value = values[part.slice(2, -1).toLowerCase()]
      if (value?.length !== 1) return undefined
      source += quote(value[0]!)
    } else source += quote(part)
  }
  return new RegExp(`^${source}$`, flags)
}

function naiveTest(
  operator: string,
  actual: string,
  want: string,
  values: Case['values'],
): boolean {
  const variable = /^\$\{(.+)\}$/.exec(want)?.[1]?.toLowerCase()
  const filled =
    variable === undefined
      ? want
      : values[variable]?.length === 1
        ? values[variable]![0]!
        : undefined
  switch (operator) {
    case 'StringLike':
      return regexOf(want, values)?.test(actual) ?? false
    case 'StringEqualsIgnoreCase':
      return filled !== undefined && actual.toLowerCase() === filled.toLowerCase()
    case 'NumericLessThan':
      return filled !== undefined && Number(actual) < Number(filled)
    default:
      return filled !== undefined && actual === filled
  }
}

function naiveCondition(
  text: string,
  key: string,
  wants: string[],
  values: Case['values'],
): boolean {
  const actual = values[key.toLowerCase()]
  if (text === 'Null') return wants.includes('true') === (actual === undefined)
  const ifExists = text.endsWith('IfExists')
  const [set, bare] = text.includes(':') ? text.split(':') : ['', text]
  const operator = bare!.replace('IfExists', '')
  const isNot = operator.includes('Not')
  const positive = operator.replace('Not', '')
  const hit = (value: string) => wants.some((want) => naiveTest(positive, value, want, values))
  if (actual === undefined) return ifExists || set === 'ForAllValues' || (set === '' && isNot)
  if (set === 'ForAllValues') return actual.filter((v) => hit(v) === isNot).length === 0
  if (set === 'ForAnyValue') return actual.filter((v) => hit(v) !== isNot).length > 0
  return isNot ? actual.filter(hit).length === 0 : actual.filter(hit).length > 0
}

function naiveApplies(s: Raw, given: Case): boolean {
  const isAction = (p: string) => regexOf(p, {}, 'i')!.test(given.action)
  const isResource = (p: string) => regexOf(p, given.values)?.test(given.resource) ?? false
  const parts = [
    s.Action ? s.Action.some(isAction) : !s.NotAction!.some(isAction),
    s.Resource ? s.Resource.some(isResource) : !s.NotResource!.some(isResource),
    Object.entries(s.Condition ?? {}).every(([operator, block]) =>
      Object.entries(block).every(([key, wants]) =>
        naiveCondition(operator, key, wants, given.values),
      ),
    ),
  ]
  return parts.every(Boolean)
}

function naiveNamed(list: string[], kind: Case['kind']): Set<string> {
  const hits = new Set<string>()
  for (const name of list) {
    if (name === '*') hits.add('itself')
    if (kind === 'anonymous') continue
    if (name === (kind === 'user' ? user : session)) hits.add('itself')
    if (kind === 'role' && name === role) hits.add('role')
    if (name === here || name === `arn:aws:iam::${here}:root`) hits.add('account')
  }
  return hits
}

function naive(given: Case): string {
  const says = (effect: string, list: Raw[]) =>
    list.filter((s) => s.Effect === effect && naiveApplies(s, given))
  const hitsOf = (s: Raw): Set<string> => {
    if (s.NotPrincipal) {
      return new Set(naiveNamed(s.NotPrincipal.AWS, given.kind).size === 0 ? ['itself'] : [])
    }
    return naiveNamed(s.Principal === '*' ? ['*'] : s.Principal!.AWS, given.kind)
  }
  const all = [...given.identity, given.boundary ?? [], ...(given.session ?? [])].flat()
  const own = given.own ?? []
  const denies =
    says('Deny', all).length + says('Deny', own).filter((s) => hitsOf(s).size > 0).length
  if (denies > 0) return 'explicitDeny'
  const grants = new Set(says('Allow', own).flatMap((s) => [...hitsOf(s)]))
  if (given.kind === 'anonymous') return grants.size > 0 ? 'allowed' : 'implicitDeny'
  const byIdentity = says('Allow', given.identity.flat()).length > 0
  const inside =
    (!given.boundary || says('Allow', given.boundary).length > 0) &&
    (!given.session || says('Allow', given.session.flat()).length > 0)
  const isAllowed =
    given.owner === here
      ? grants.has('itself') || ((byIdentity || grants.has('role')) && inside)
      : byIdentity && inside && grants.size > 0
  return isAllowed ? 'allowed' : 'implicitDeny'
}

describe('evaluation', () => {
  it(`decides ${rounds} random questions as the other evaluator (seed ${seed})`, () => {
    const random = randomOf(seed)
    const counts: Record<string, number> = {}
    for (let round = 0; round < rounds; round++) {
      const given = randomCase(random)
      const { decision } = evaluate(questionOf(given))
      expect(decision, JSON.stringify(given)).toBe(naive(given))
      counts[decision] = (counts[decision] ?? 0) + 1
    }
    // Worth nothing if the questions were all of one kind.
    for (const decision of ['allowed', 'explicitDeny', 'implicitDeny']) {
      expect(counts[decision]).toBeGreaterThan(rounds / 20)
    }
  })

  it('can say of every statement why it counted or not', () => {
    const random = randomOf(seed + 1)
    for (let round = 0; round < 500; round++) {
      const given = randomCase(random)
      const question = questionOf(given)
      const traced = traceDecision(question)
      const isDenied = traced.some(({ effect, misfit }) => effect === 'Deny' && !misfit)
      expect(isDenied).toBe(evaluate(question).decision === 'explicitDeny')
      for (const { misfit, failed } of traced)
        expect(failed !== undefined).toBe(misfit === 'condition')
    }
  })
})
