import { expect, test } from 'vitest'
import { LineWriter } from './line-writer.ts'
import { Masks } from './masks.ts'

function masked(secrets: string[], pieces: (string | Buffer)[]): string {
  const masks = new Masks()
  for (const secret of secrets) masks.add(secret)
  let text = ''
  const writer = new LineWriter(masks, 0, (part) => (text += part.toString('utf8')))
  for (const piece of pieces) writer.push(Buffer.from(piece))
  writer.end()
  return text
}

test('a secret is masked however the bytes arrive', () => {
  const text = 'before s3cret-값 after\n'
  const bytes = Buffer.from(text)
  for (let cut = 1; cut < bytes.length; cut++) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
    expect(masked(['s3cret-값'], pieces)).toBe('before **** after\n')
  }
})

test('also inside a line too long to be held', () => {
  const filler = 'x'.repeat(1000)
  const pieces = Array.from({ length: 900 }, (_, n) => (n % 7 === 3 ? `${filler}hunter2` : filler))
  const text = masked(['hunter2'], pieces.join('').match(/.{1,4099}/g)!)
  expect(text).not.toContain('hunter2')
  expect(text.replaceAll('****', 'hunter2')).toBe(`${pieces.join('')}\n`)
})

test('in the forms that programs print', () => {
  const secret = `a'b"c$d e`
  const forms = [
    secret,
    `'a'\\''b"c$d e'`,
    `"a'b\\"c\\$d e"`,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]
  for (const form of forms) {
    expect(masked([secret], [`<${form}>\n`])).toMatch(/^<['"]?\*\*\*\*['"]?>\n$/)
  }
  expect(masked(['first line\nsecond line\n'], ['x second line y\n'])).toBe('x **** y\n')
})

test('the longer of two secrets wins, and none is no secret', () => {
  expect(masked(['abc', 'abcdef', ''], ['abcdef abc ab\n'])).toBe('**** **** ab\n')
})
