import { describe, expect, test } from 'vitest'
import { EndlessMatch, userRegex } from './index.ts'

const long = `${'a'.repeat(40)}!`

describe('expressions of users', () => {
  test.each(['^(a+)+$', '^(?=a)(?:a|a)+$', '^(a+)+\\1$', '^(?:a*)*$'])(
    '%s is cut off, not waited for',
    (source) => {
      expect(() => userRegex(source).test(long)).toThrow(EndlessMatch)
      const refusal = new Error('mine')
      expect(() => userRegex(source, '', () => refusal).exec(long)).toThrow(refusal)
    },
  )

  test('many repetitions beside each other are, too', () => {
    expect(() => userRegex('a*a*a*a*a*a*b').test('a'.repeat(5000))).toThrow(EndlessMatch)
  })

  test('all others read as ever, in every way to read', () => {
    const found = userRegex('(?<word>b+)(\\d)?', 'gi')
    expect('aBcbb7'.replaceAll(found, '<$<word>>')).toBe('a<B>c<bb>')
    expect([...'aBcbb7'.matchAll(found)].map((match) => match[0])).toEqual(['B', 'bb7'])
    expect('aBcbb7d'.split(userRegex('(?:b)+', 'i'))).toEqual(['a', 'c', '7d'])
    expect(userRegex('(?:a|b)+$').test(`${'ab'.repeat(50_000)}`)).toBe(true)
    expect(() => userRegex('(')).toThrow(SyntaxError)
  })
})
