import { describe, expect, it } from 'vitest'
import { statementSpans } from './index.ts'

const statement = '{"Effect":"Allow","Action":"s3:*","Resource":"*"}'

describe('where statements stand', () => {
  it('counts as the simulator does', () => {
    const bare = `{"Version":"2012-10-17","Statement":${statement}}`
    expect(statementSpans(bare)).toEqual([
      { start: { Line: 1, Column: 38 }, end: { Line: 1, Column: 37 + statement.length } },
    ])
    const listed = `{"Version": "2012-10-17", "Statement": [${statement}]}`
    expect(statementSpans(listed)[0]!.start).toEqual({ Line: 1, Column: 41 })
  })

  it('counts lines, and isn’t misled by text', () => {
    const text = JSON.stringify(
      {
        Version: '2012-10-17',
        Id: '"Statement": [{',
        Statement: [
          { Sid: 'a}', Effect: 'Allow', Action: 's3:*', Resource: '*' },
          { Sid: 'b', Effect: 'Deny', Action: 's3:*', Resource: ['a', 'b'] },
        ],
      },
      undefined,
      4,
    )
    const [first, second] = statementSpans(text)
    expect(first).toEqual({ start: { Line: 4, Column: 19 }, end: { Line: 10, Column: 10 } })
    expect(second!.start).toEqual({ Line: 11, Column: 9 })
    expect(second!.end.Line).toBe(19)
  })
})
