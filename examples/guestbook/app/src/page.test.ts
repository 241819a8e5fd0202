import assert from 'node:assert/strict'
import test from 'node:test'
import { languageOf, page } from './page.ts'

test('what visitors write can not become markup', () => {
  const html = page([{ name: '<b>', text: '<script>alert(1)</script>', at: 0 }], 'en', '1.0.0')
  assert.ok(!html.includes('<script>'))
  assert.ok(html.includes('&#60;script&#62;'))
})

test('the page speaks the visitor’s language', () => {
  assert.equal(languageOf('ko-KR,ko;q=0.9,en;q=0.8'), 'ko')
  assert.equal(languageOf('fr'), 'en')
  assert.ok(page([], 'ko', '1.0.0').includes('첫 글을 남겨 주세요.'))
})
