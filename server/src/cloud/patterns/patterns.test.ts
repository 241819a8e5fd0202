import { describe, expect, it } from 'vitest'
import { checkJson, compilePattern, matchesPattern, PatternFault } from './index.ts'

function fault(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof PatternFault) return error.message
    throw error
  }
  return 'no fault'
}
const refused = (pattern: string) => fault(() => compilePattern(pattern))
const place = (source: string, column: number) =>
  `\n at [Source: (String)"${source}"; line: 1, column: ${column}]`
const fits = (pattern: object, event: unknown) =>
  matchesPattern(compilePattern(JSON.stringify(pattern)), event)

// Texts and columns as the real service answered them.
describe('a pattern that is none is told with its place', () => {
  it.each([
    ['{"int": 42}', '"int" must be an object or an array', 11],
    ['{"string": "my-value"}', '"string" must be an object or an array', 13],
    ['{"resources": []}', 'Empty arrays are not allowed', 17],
    ['{"my_key": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 28],
    [
      '{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}',
      'Bad numeric range operator: >',
      49,
    ],
    ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', 'Value of < must be numeric', 50],
    ['{"key":[["value"]]}', 'Match value must be String, number, true, false, or null', 10],
    [
      '{"key":[{"suffix":"value","prefix":"value2"}]}',
      'Only one key allowed in match expression',
      37,
    ],
    ['{"key":[{"suffix":null}]}', 'suffix match pattern must be a string', 23],
    ['{"key":[{"suffix":[]}]}', 'suffix match pattern must be a string', 20],
    ['{"key":[{"numeric":[]}]}', 'Invalid member in numeric match: ]', 22],
    ['{"key":[{"numeric":["operator"]}]}', 'Unrecognized numeric range operator: operator', 32],
    ['{"key":[{"numeric":["=","000"]}]}', 'Value of equals must be numeric', 26],
    ['{"key":[{"numeric":["<",100,">",10]}]}', 'Too many elements in numeric expression', 30],
    ['{"key":[{"numeric":[">",3,"<",1]}]}', 'Bottom must be less than top', 33],
    ['{"key":[{"numeric":[">",20,30]}]}', 'Bad value in numeric range: 30', 30],
    [
      '{"key":[{"numeric":[">",20,"<",30,"<",50]}]}',
      'Too many terms in numeric range expression',
      36,
    ],
    ['{"key":[{"exists":"no"}]}', 'exists match pattern must be either true or false.', 20],
  ])('%s', (pattern, message, column) => {
    expect(refused(pattern)).toBe(message + place(pattern, column))
  })

  it('tells the place twice of a list, once of a character, and of a block not at all', () => {
    const list = '{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}'
    expect(refused(list)).toBe(
      `prefix/suffix match pattern must be a string${place(list, 55)}${place(list, 55)}`,
    )
    const quoted = "{'bad': 'quotation'}"
    expect(refused(quoted)).toBe(
      `Unexpected character (''' (code 39)): was expecting double-quote to start field name${place(quoted, 2)}`,
    )
    expect(refused('{"ip": [{"cidr": "bad-filter"}]}')).toBe("Malformed CIDR, one '/' required")
    expect(refused('{"ip": [{"cidr": "xx.11.xx/8"}]}')).toBe('Nonstandard IP address: xx.11.xx')
  })

  it('refuses what one asterisk too many makes too complex', () => {
    expect(refused('{"bus":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}')).toMatch(
      /^Rule is too complex/,
    )
    expect(refused('{"bus":[{"wildcard":"a**b"}]}')).toMatch(
      /^Consecutive wildcard characters at pos 2/,
    )
    expect(refused('{"ip":[{"cidr":"10.0.0.0/33"}]}')).toMatch(/^IPv4 mask bits must be < 32/)
    expect(refused('{"$or":[{"a":[1]}]}')).toMatch(/^There must have at least 2 Objects in \$or/)
    expect(refused('{"a":[{"anything-but":["x",1]}]}')).toMatch(/mixed type is not supported/)
  })

  it('tells what is no JSON as the newer reader does', () => {
    const redacted = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'
    expect(fault(() => checkJson('{invalid', 'redacted'))).toBe(
      `Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: ${redacted}; line: 1, column: 2]`,
    )
    expect(fault(() => checkJson('invalid', 'redacted'))).toBe(
      `Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: ${redacted}; line: 1, column: 8]`,
    )
    expect(fault(() => checkJson('{"a":[1,{"b":null}]}', 'redacted'))).toBe('no fault')
  })
})

describe('matching', () => {
  it('knows every operator', () => {
    const event = { name: 'Anna', size: 7, ip: '10.1.2.3', ok: true, none: null, tags: ['x', 'y'] }
    const yes = [
      { name: ['Anna'] },
      { name: [{ prefix: 'An' }] },
      { name: [{ prefix: { 'equals-ignore-case': 'aN' } }] },
      { name: [{ suffix: 'na' }] },
      { name: [{ 'equals-ignore-case': 'ANNA' }] },
      { name: [{ wildcard: 'A*a' }] },
      { name: [{ 'anything-but': ['Bert'] }] },
      { name: [{ 'anything-but': { prefix: 'B' } }] },
      { name: [{ 'anything-but': { wildcard: ['B*', '*x'] } }] },
      { none: [{ 'anything-but': 'x' }] },
      { size: [7.0] },
      { size: [{ numeric: ['>', 5, '<=', 7] }] },
      { ip: [{ cidr: '10.0.0.0/8' }] },
      { ok: [true], none: [null] },
      { tags: ['y'] },
      { missing: [{ exists: false }], name: [{ exists: true }] },
      { $or: [{ name: ['Bert'] }, { size: [7] }] },
    ]
    for (const pattern of yes) expect([pattern, fits(pattern, event)]).toEqual([pattern, true])
    const no = [
      { name: ['anna'] },
      { size: ['7'] },
      { name: [{ 'anything-but': { suffix: ['na', 'x'] } }] },
      { ip: [{ cidr: '10.2.0.0/16' }] },
      { missing: ['x'] },
      { missing: [{ 'anything-but': 'x' }] },
      { name: [{ exists: false }] },
      { $or: [{ name: ['Bert'] }, { size: [8] }] },
    ]
    for (const pattern of no) expect([pattern, fits(pattern, event)]).toEqual([pattern, false])
  })

  it('takes values of a list from one element only, and dots as steps', () => {
    const event = {
      detail: {
        people: [
          { name: 'A', age: 1 },
          { name: 'B', age: 2 },
        ],
      },
    }
    expect(fits({ detail: { people: { name: ['A'], age: [1] } } }, event)).toBe(true)
    expect(fits({ detail: { people: { name: ['A'], age: [2] } } }, event)).toBe(false)
    expect(fits({ 'detail.people.name': ['B'] }, event)).toBe(true)
    expect(fits({ detail: { people: ['x'] } }, event)).toBe(false)
    expect(fits({ list: [{ exists: false }] }, { list: [] })).toBe(true)
  })
})
