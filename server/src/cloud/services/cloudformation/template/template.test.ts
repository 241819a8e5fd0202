import { describe, expect, it } from 'vitest'
import {
  parameterTexts,
  parseTemplate,
  readTemplate,
  resolve,
  resolveConditions,
  type Scope,
  transform,
  type TypeCatalogue,
  validateTemplate,
  type Value,
} from './index.ts'

const types: TypeCatalogue = {
  has: (type) => type.startsWith('AWS::S3::') || type.startsWith('AWS::Lambda::'),
  attributes: () => ['Arn', /^Outputs\./],
}

function scopeOf(given: Partial<Scope> = {}): Scope {
  return {
    values: { 'AWS::Region': 'us-east-1', Name: 'yard', Zones: ['a', 'b'] },
    mappings: { Sizes: { small: { cpu: '1' } } },
    conditions: { IsLive: true },
    resource: (id) =>
      id === 'Bucket' ? { ref: 'bucket-1', attribute: (name) => `arn/${name}` } : undefined,
    exports: { 'net-id': 'vpc-1' },
    zones: (region) => [`${region}a`, `${region}b`],
    ...given,
  }
}

function valueOf(yaml: string, given: Partial<Scope> = {}): Value {
  return resolve(parseTemplate(`V: ${yaml}`)['V'] ?? null, scopeOf(given))
}

describe('intrinsic functions, in their short forms', () => {
  it.each<[string, Value]>([
    ['!Ref Name', 'yard'],
    ['!GetAtt Bucket.Arn', 'arn/Arn'],
    ['!GetAtt [Bucket, Arn]', 'arn/Arn'],
    [
      '!Sub "${Name}-${AWS::Region}-${Bucket}-${Bucket.Arn}-${!kept}"',
      'yard-us-east-1-bucket-1-arn/Arn-${kept}',
    ],
    ['!Sub ["${X}!", {X: !Ref Name}]', 'yard!'],
    ['!Join ["-", [a, !Ref Name, 1, true]]', 'a-yard-1-true'],
    ['!Join [",", !Ref Zones]', 'a,b'],
    ['!Select [1, [a, b]]', 'b'],
    ['!Select [0, !GetAZs ""]', 'us-east-1a'],
    ['!Split ["/", "a/b"]', ['a', 'b']],
    ['!FindInMap [Sizes, small, cpu]', '1'],
    ['!If [IsLive, yes-it-is, no]', 'yes-it-is'],
    ['!Base64 hello', 'aGVsbG8='],
    ['!Cidr ["10.0.0.0/16", 3, 8]', ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
    ['!Cidr ["2001:db8::/56", 2]', ['2001:db8::/64', '2001:db8:0:1::/64']],
    ['!ImportValue net-id', 'vpc-1'],
    ['{a: !Ref "AWS::NoValue", b: 1}', { b: 1 }],
    ['[1, !Ref "AWS::NoValue"]', [1]],
  ])('%s', (yaml, expected) => {
    expect(valueOf(yaml)).toEqual(expected)
  })

  it('the long forms mean the same', () => {
    const value = { 'Fn::Join': ['', ['a', { Ref: 'Name' }]] }
    expect(resolve(value, scopeOf())).toBe('ayard')
  })

  it('functions of the language extensions need their transform', () => {
    expect(() => valueOf('!Length [a]')).toThrow(/AWS::LanguageExtensions/)
    expect(valueOf('!Length [a, b]', { extended: true })).toBe(2)
    expect(valueOf('!ToJsonString {a: !Ref Name}', { extended: true })).toBe('{"a":"yard"}')
  })

  it.each([
    ['!Ref Nothing', /Unresolved resource dependencies \[Nothing\] in the Resources block/],
    ['!GetAtt Nothing.Arn', /instance of Fn::GetAtt references undefined resource Nothing/],
    ['!Select [4, [a]]', /Fn::Select {2}cannot select nonexistent value at index 4/],
    ['!FindInMap [Sizes, big, cpu]', /Unable to get mapping for Sizes::big::cpu/],
    ['!ImportValue none', /No export named none found/],
    ['"{{resolve:secretsmanager:a}}"', /Dynamic reference to secretsmanager is not supported/],
  ])('%s is refused', (yaml, message) => {
    expect(() => valueOf(yaml)).toThrow(message)
  })
})

describe('conditions', () => {
  it('use parameters and one another, in any order', () => {
    const raw = parseTemplate(`
Both: !And [!Condition IsBig, !Not [!Condition IsTest]]
IsBig: !Equals [!Ref Name, yard]
IsTest: !Or [!Equals [a, b], !Equals [1, "2"]]`)
    expect(resolveConditions(raw, scopeOf())).toEqual({ Both: true, IsBig: true, IsTest: false })
  })

  it('in a circle are refused', () => {
    const raw = parseTemplate('A: !Not [!Condition B]\nB: !Not [!Condition A]')
    expect(() => resolveConditions(raw, scopeOf())).toThrow(/circular condition dependency/)
  })
})

function check(yaml: string): void {
  validateTemplate(readTemplate(transform(parseTemplate(yaml), {})), types)
}

describe('a template at fault', () => {
  it.each<[string, string, string]>([
    ['is empty', '{}', 'At least one Resources member must be defined.'],
    ['is no structure', '- a', 'unsupported structure.'],
    ['is not JSON', '{"a": ', 'JSON not well-formed.'],
    ['is not YAML', 'a: [b', 'YAML not well-formed.'],
    [
      'has an unknown section',
      'Foo: 1\nResources: {}',
      'Invalid template property or properties [Foo]',
    ],
    [
      'has an unknown type',
      'Resources: {A: {Type: "AWS::Foo::Bar"}}',
      'Unrecognized resource types: [AWS::Foo::Bar]',
    ],
    [
      'refers to nothing',
      'Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref X}}}',
      'Unresolved resource dependencies [X] in the Resources block of the template',
    ],
    [
      'goes in a circle',
      'Resources: {A: {Type: "AWS::S3::Bucket", DependsOn: B}, B: {Type: "AWS::S3::Bucket", Properties: {N: !Ref A}}, C: {Type: "AWS::S3::Bucket", DependsOn: B}}',
      'Circular dependency between resources: [A, B]',
    ],
    [
      'asks for an attribute there is not',
      'Resources: {A: {Type: "AWS::S3::Bucket"}}\nOutputs: {O: {Value: !GetAtt A.Size}}',
      'resource A does not support attribute type Size in Fn::GetAtt',
    ],
    [
      'has an output without a value',
      'Resources: {A: {Type: "AWS::S3::Bucket"}}\nOutputs: {O: {}}',
      'Every Outputs member must contain a Value object',
    ],
    [
      'has a resource without a type',
      'Resources: {A: {}}',
      'Every Resources object must contain a Type member.',
    ],
    [
      'has a resource with an unknown member',
      'Resources: {A: {Type: "AWS::S3::Bucket", Propertes: {}}}',
      "Invalid template resource property 'Propertes'",
    ],
    [
      'has a name with a hyphen',
      'Resources: {a-b: {Type: "AWS::S3::Bucket"}}',
      'Resource name a-b is non alphanumeric.',
    ],
    [
      'uses a macro',
      'Transform: Mine\nResources: {A: {Type: "AWS::S3::Bucket"}}',
      'No transform named Mine found',
    ],
  ])('%s', (_what, yaml, message) => {
    expect(() => check(yaml)).toThrow(expect.objectContaining({ code: 'ValidationError' }))
    expect(() => check(yaml)).toThrow(message)
  })
})

describe('parameters', () => {
  const template = readTemplate(
    parseTemplate(`
Parameters:
  Size: {Type: Number, MinValue: 1, MaxValue: 9, Default: 3}
  Stage: {Type: String, AllowedValues: [dev, live], Default: dev}
  Code: {Type: String, AllowedPattern: "[a-z]+", MinLength: 2, MaxLength: 4}
  Nice: {Type: String, AllowedPattern: x, ConstraintDescription: must be x., Default: x}
Resources: {A: {Type: "AWS::S3::Bucket"}}`),
  ).parameters
  const texts = (given: Record<string, string>) =>
    parameterTexts(
      template,
      Object.entries({ Code: 'abc', ...given }).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    )

  it('take defaults', () => {
    expect(texts({})).toEqual({ Size: '3', Stage: 'dev', Code: 'abc', Nice: 'x' })
  })

  it.each<[Record<string, string>, string]>([
    [{ Other: '1' }, 'Parameters: [Other] do not exist in the template'],
    [{ Size: 'x' }, "Parameter 'Size' must be a number"],
    [{ Size: '0' }, "Parameter 'Size' must be a number not less than 1"],
    [{ Size: '10' }, "Parameter 'Size' must be a number not greater than 9"],
    [{ Stage: 'x' }, "Parameter 'Stage' must be one of AllowedValues"],
    [{ Code: 'AB' }, "Parameter 'Code' must match pattern [a-z]+"],
    [{ Code: 'a' }, "Parameter 'Code' must contain at least 2 characters"],
    [{ Code: 'abcde' }, "Parameter 'Code' must contain at most 4 characters"],
    [{ Nice: 'y' }, "Parameter 'Nice' failed to satisfy constraint: must be x."],
  ])('%j', (given, message) => {
    expect(() => texts(given)).toThrow(message)
  })

  it('without a value are named', () => {
    expect(() => parameterTexts(template, [])).toThrow('Parameters: [Code] must have values')
  })
})

describe('transforms', () => {
  it('write loops out', () => {
    const raw = parseTemplate(`
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Buckets:
    - Name
    - [One, Two]
    - Bucket\${Name}: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref Name}}`)
    expect(transform(raw, {})['Resources']).toEqual({
      BucketOne: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'One' } },
      BucketTwo: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'Two' } },
    })
  })

  it('make a serverless function with its role and URL', () => {
    const raw = parseTemplate(`
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs22.x}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: exports.handler = async () => 1
      FunctionUrlConfig: {AuthType: NONE}`)
    const made = transform(raw, {})['Resources'] as Record<string, { Type: string }>
    expect(Object.entries(made).map(([id, { Type }]) => `${id} ${Type}`)).toEqual([
      'Hello AWS::Lambda::Function',
      'HelloUrl AWS::Lambda::Url',
      'HelloUrlPublicPermissions AWS::Lambda::Permission',
      'HelloURLInvokeAllowPublicAccess AWS::Lambda::Permission',
      'HelloRole AWS::IAM::Role',
    ])
  })
})
