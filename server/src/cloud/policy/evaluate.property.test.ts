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

interface Family {
  operators: string[]
  keys: string[]
  wanted: string[]
}

// Operators with the keys and values that make sense to them; nonsense, too, now and then.
const families: Family[] = [
  { operators, keys, wanted },
  {
    operators: [
      'ForAllValues:StringNotEquals',
      'ForAnyValue:StringNotLike',
      'StringNotLikeIfExists',
    ],
    keys: ['aws:TagKeys'],
    wanted: ['a', 'm*', '?', '${aws:username}'],
  },
  {
    operators: ['IpAddress', 'NotIpAddress', 'IpAddressIfExists'],
    keys: ['aws:SourceIp', 'aws:username'],
    wanted: ['10.1.0.0/16', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0', 'nowhere'],
  },
  {
    operators: ['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEqualsIfExists'],
    keys: ['aws:SourceArn'],
    wanted: [
      'arn:aws:sns:*:*:t',
      'arn:aws:sns:*:t',
      'arn:aws:*:r:1:t',
      '*',
      'arn:aws:sns:r:1:${aws:username}',
    ],
  },
  {
    operators: ['DateLessThan', 'DateGreaterThanEquals', 'DateNotEquals', 'DateEqualsIfExists'],
    keys: ['aws:CurrentTime'],
    wanted: ['2026-01-01T00:00:00Z', '2026-06-01', '1767225600', 'soon'],
  },
  {
    operators: ['Bool', 'BoolIfExists', 'NumericGreaterThanEquals', 'NumericNotEquals'],
    keys: ['aws:SecureTransport', 's3:max-keys'],
    wanted: ['true', 'FALSE', '5', '10', '10.0'],
  },
]

function maker(random: () => number) {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const some = <T>(list: readonly T[]) =>
    Array.from({ length: 1 + Math.floor(random() * 2) }, () => one(list))
  const maybe = (chance: number) => random() < chance
  const condition = (family: Family) => ({
    [one(family.operators)]: { [one(family.keys)]: some(family.wanted) },
  })
  const statement = (isResource: boolean): Raw => ({
    Effect: maybe(0.75) ? 'Allow' : 'Deny',
    ...(maybe(0.8) ? { Action: some(patterns) } : { NotAction: some(patterns) }),
    ...(maybe(0.85) ? { Resource: some(targets) } : { NotResource: some(targets) }),
    ...(maybe(0.5) && { Condition: condition(one(families)) }),
    ...(isResource &&
      (maybe(0.85)
        ? { Principal: maybe(0.1) ? '*' : { AWS: some(principals) } }
        : { NotPrincipal: { AWS: some(principals) } })),
  })
  const policy = (isResource = false) =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(isResource))
  return { one, maybe, policy, some }
}

const parsed = (statements: Raw[], version = '2012-10-17') =>
  parsePolicy(JSON.stringify({ Version: version, Statement: statements }))

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
  /** The resource's policy is of the version without variables. */
  isOld: boolean
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
      ...(maybe(0.7) && { 'aws:sourceip': [one(['10.1.2.3', '10.2.0.1', '2001:db8::7'])] }),
      ...(maybe(0.7) && {
        'aws:sourcearn': [
          one(['arn:aws:sns:r:1:t', 'arn:aws:sns:r:1:minji', 'arn:aws:sns:r:1:t:x']),
        ],
      }),
      'aws:currenttime': [one(['2026-01-01T00:00:00.000Z', '2026-11-23T05:00:00Z'])],
      'aws:securetransport': [one(['true', 'false'])],
    },
    identity:
      kind === 'anonymous' ? [] : Array.from({ length: Math.floor(random() * 3) }, () => policy()),
    ...(kind !== 'anonymous' && maybe(0.3) && { boundary: policy() }),
    ...(kind === 'role' && maybe(0.3) && { session: [policy()] }),
    ...(maybe(0.6) && { own: policy(true) }),
    isOld: maybe(0.2),
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
    ...(given.own && {
      resourcePolicy: parsed(given.own, given.isOld ? '2008-10-17' : '2012-10-17'),
    }),
  }
}

// — the other evaluator —

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Nothing to fill variables with: the policy has none, and they are letters. */
type Known = Case['values'] | undefined

/** Undefined where a variable has no value. */
function regexOf(pattern: string, values: Known, flags = ''): RegExp | undefined {
  let source = ''
  for (const part of pattern.split(/(\$\{[^}]+\}|\*|\?)/)) {
    if (part === '*') source += '[^]*'
    else if (part === '?') source += '[^]'
    else if (values && part.startsWith('${')) {
      const value = values[part.slice(2, -1).toLowerCase()]
      if (value?.length !== 1) return undefined
      source += quote(value[0]!)
    } else source += quote(part)
  }
  return new RegExp(`^${source}$`, flags)
}

function naiveFill(want: string, values: Known): string | undefined {
  let isWhole = true
  const filled = want.replace(/\$\{([^}]+)\}/g, (letters, key: string) => {
    if (!values) return letters
    const value = values[key.toLowerCase()]
    if (value?.length !== 1) isWhole = false
    return String(value?.[0])
  })
  return isWhole ? filled : undefined
}

const naiveMoment = (text: string) =>
  /^\d+$/.test(text) ? Number(text) * 1000 : new Date(text).getTime()

/** The blocks of the test above, by hand. */
function naiveInBlock(address: string, block: string): boolean {
  if (block === '0.0.0.0/0') return address.includes('.')
  if (block === '10.1.0.0/16') return address.startsWith('10.1.')
  if (block === '2001:db8::/32') return address.startsWith('2001:db8:')
  return block === '10.1.2.3' && address === block
}

function naiveArn(actual: string, want: string, values: Known): boolean {
  if (want === '*') return true
  const split = (text: string) => text.replace('aws:username', 'aws;username').split(':')
  const [pattern, value] = [split(want), split(actual)]
  if (pattern.length < 6 || value.length < 6) return false
  const parts = [...pattern.slice(0, 5), pattern.slice(5).join(':')]
  const actuals = [...value.slice(0, 5), value.slice(5).join(':')]
  return parts.every((part, index) =>
    regexOf(part.replace('aws;username', 'aws:username'), values)?.test(actuals[index]!),
  )
}

function naiveTest(operator: string, actual: string, want: string, values: Known): boolean {
  const filled = naiveFill(want, values)
  switch (operator) {
    case 'StringLike':
      return regexOf(want, values)?.test(actual) ?? false
    case 'StringEqualsIgnoreCase':
      return filled !== undefined && actual.toLowerCase() === filled.toLowerCase()
    case 'NumericLessThan':
      return filled !== undefined && Number(actual) < Number(filled)
    case 'NumericGreaterThanEquals':
      return filled !== undefined && Number(actual) >= Number(filled)
    case 'NumericEquals':
      return filled !== undefined && Number(actual) === Number(filled)
    case 'DateLessThan':
      return naiveMoment(actual) < naiveMoment(want)
    case 'DateGreaterThanEquals':
      return naiveMoment(actual) >= naiveMoment(want)
    case 'DateEquals':
      return naiveMoment(actual) === naiveMoment(want)
    case 'IpAddress':
      return naiveInBlock(actual, want)
    case 'ArnLike':
    case 'ArnEquals':
      return naiveArn(actual, want, values)
    case 'Bool':
      return actual.toLowerCase() === want.toLowerCase()
    default:
      return filled !== undefined && actual === filled
  }
}

function naiveCondition(
  text: string,
  key: string,
  wants: string[],
  had: Case['values'],
  values: Known,
): boolean {
  const actual = had[key.toLowerCase()]
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

function naiveApplies(s: Raw, given: Case, values: Known): boolean {
  const isAction = (p: string) => regexOf(p, {}, 'i')!.test(given.action)
  const isResource = (p: string) => regexOf(p, values)?.test(given.resource) ?? false
  const parts = [
    s.Action ? s.Action.some(isAction) : !s.NotAction!.some(isAction),
    s.Resource ? s.Resource.some(isResource) : !s.NotResource!.some(isResource),
    Object.entries(s.Condition ?? {}).every(([operator, block]) =>
      Object.entries(block).every(([key, wants]) =>
        naiveCondition(operator, key, wants, given.values, values),
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

/** Whether a NotPrincipal leaves the one who asks out of its statement. */
function naiveLeftOut({ Effect, NotPrincipal }: Raw, { kind, boundary }: Case): boolean {
  const list = NotPrincipal!.AWS
  if (Effect === 'Allow') return naiveNamed(list, kind).size > 0
  if (boundary) return false
  if (list.includes('*')) return true
  const isAccount = list.includes(here) || list.includes(`arn:aws:iam::${here}:root`)
  if (kind === 'user') return isAccount && list.includes(user)
  return kind === 'role' && isAccount && list.includes(role) && list.includes(session)
}

function naive(given: Case): string {
  const saysBy = (values: Known) => (effect: string, list: Raw[]) =>
    list.filter((s) => s.Effect === effect && naiveApplies(s, given, values))
  const says = saysBy(given.values)
  const ownSays = (effect: string) =>
    saysBy(given.isOld ? undefined : given.values)(effect, given.own ?? [])
  const hitsOf = (s: Raw): Set<string> => {
    if (s.NotPrincipal) return new Set(naiveLeftOut(s, given) ? [] : ['itself'])
    return naiveNamed(s.Principal === '*' ? ['*'] : s.Principal!.AWS, given.kind)
  }
  const all = [...given.identity, given.boundary ?? [], ...(given.session ?? [])].flat()
  const denies = says('Deny', all).length + ownSays('Deny').filter((s) => hitsOf(s).size > 0).length
  if (denies > 0) return 'explicitDeny'
  const grants = new Set(ownSays('Allow').flatMap((s) => [...hitsOf(s)]))
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
