import assert from 'node:assert/strict'
import { test } from 'node:test'
import { won } from './won.mjs'

test('groups by thousands', () => assert.equal(won(12000), '12,000원'))
test('has no half won', () => assert.throws(() => won(0.5), RangeError))
