import { expect, test } from 'vitest'
import { expand } from './expand.ts'

const variables: Record<string, string> = { name: 'menu', empty: '', path: 'a/b/c.tar.gz' }
const put = (text: string, escape = '\\') => expand(text, (name) => variables[name], escape)

test.each([
  ['$name', 'menu'],
  ['${name}s', 'menus'],
  ['$none', ''],
  ['\\$name', '$name'],
  ["'$name'", '$name'],
  ['"$name here"', 'menu here'],
  ['"a \\"quote\\" \\n"', 'a "quote" \\n'],
  ['${none:-other}', 'other'],
  ['${empty:-other}', 'other'],
  ['${empty-other}', ''],
  ['${name:+$path}', 'a/b/c.tar.gz'],
  ['${none:+x}', ''],
  ['${empty+set}', 'set'],
  ['${none:-${name:-deep}}', 'menu'],
  ['${path#*/}', 'b/c.tar.gz'],
  ['${path##*/}', 'c.tar.gz'],
  ['${path%.*}', 'a/b/c.tar'],
  ['${path%%.*}', 'a/b/c'],
  ['${path/b/x}', 'a/x/c.tar.gz'],
  ['a$', 'a$'],
])('%s is %s', (text, result) => {
  expect(put(text)).toBe(result)
})

test('says what is missing', () => {
  expect(() => put('${none:?give it by --build-arg}')).toThrow('none: give it by --build-arg')
  expect(() => put('${name')).toThrow('missing }')
  expect(() => put('${name^}')).toThrow('unsupported modifier')
  expect(() => put('"open')).toThrow('double-quote')
})

test('the other escape character', () => {
  expect(put('`$name \\x', '`')).toBe('$name \\x')
})
