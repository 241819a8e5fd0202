import { describe, expect, test } from 'vitest'
import { z as zod } from 'zod'
import * as contract from './index.ts'
import { schemaFrom, z } from './schema.ts'

const endpoints = Object.values(contract)
  .filter((value) => typeof value === 'object')
  .flatMap((value) => Object.values(value as Record<string, contract.Endpoint>))
  .filter((value) => typeof value === 'object' && value !== null && 'access' in value)

describe('a schema that is told', () => {
  test('parses as the one that zod makes', () => {
    const name = z.string().trim().min(2)
    const told = z.object({ name, at: z.iso.datetime().optional(), size: z.coerce.number() })
    const schema = schemaFrom(zod, told.extend({ tags: z.array(name).default([]) }))
    expect(schema.parse({ name: ' ab ', size: '7' })).toEqual({ name: 'ab', size: 7, tags: [] })
    const wrong = schema.safeParse({ name: 'a', size: 1 })
    expect(wrong.error?.issues[0]?.path).toEqual(['name'])
  })

  test('may hold callbacks, itself, and schemas of zod itself', () => {
    interface Tree {
      name: string
      below: Tree[]
    }
    const tree: zod.ZodType<Tree> = z.object({
      name: zod.string().regex(/^[a-z]+$/),
      below: z.lazy(() => z.array(tree)),
    })
    const schema = schemaFrom(zod, tree)
    const value = { name: 'a', below: [{ name: 'b', below: [] }] }
    expect(schema.parse(value)).toEqual(value)
    expect(schema.safeParse({ name: 'a', below: [{ name: 'B', below: [] }] }).success).toBe(false)
    const list = schemaFrom(
      zod,
      z.string().transform((text) => text.split(',')),
    )
    expect(list.parse('a,b')).toEqual(['a', 'b'])
  })

  test('is made once', () => {
    const told = z.string()
    expect(schemaFrom(zod, told)).toBe(schemaFrom(zod, told))
  })

  test('has no members to spread', () => {
    expect(() => ({ ...z.object({}).shape })).toThrow('extend()')
  })
})

test('every schema of the contract can be made', () => {
  expect(endpoints.length).toBeGreaterThan(100)
  for (const { params, query, body, result } of endpoints) {
    for (const schema of [params, query, body, result]) {
      if (schema) expect(schemaFrom(zod, schema).safeParse(Symbol('nothing'))).toBeDefined()
    }
  }
})
