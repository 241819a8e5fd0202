import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

describe.each(testDatabases())('over $name', ({ config }) => {
  let cloud: DynamoUnderTest
  beforeAll(async () => {
    cloud = await startDynamo(await config())
    await cloud.table('hot')
  })
  afterAll(() => cloud.stop())

  const TableName = 'hot'
  const place = (id: string) => ({ TableName, Key: { a: { S: id } } })
  const put = (id: string, n: number) =>
    cloud.db.putItem({ TableName, Item: { a: { S: id }, n: { N: String(n) } } })
  const read = async (id: string) => (await cloud.db.getItem(place(id))).Item?.['n']?.N

  test('an item read again and again shows each change as soon as it is answered', async () => {
    await put('한글', 1)
    expect([await read('한글'), await read('한글')]).toEqual(['1', '1'])
    await put('한글', 2)
    expect([await read('한글'), await read('한글')]).toEqual(['2', '2'])
    const UpdateExpression = 'ADD n :one'
    const ExpressionAttributeValues = { ':one': { N: '1' } }
    await cloud.db.updateItem({ ...place('한글'), UpdateExpression, ExpressionAttributeValues })
    expect([await read('한글'), await read('한글')]).toEqual(['3', '3'])
    await cloud.db.deleteItem(place('한글'))
    expect(await read('한글')).toBeUndefined()
    await put('한글', 4)
    expect(await read('한글')).toBe('4')
  })

  test('readers beside a writer never see time go backwards', async () => {
    await put('clock', 0)
    let answered = 0
    const writing = { isOver: false }
    const reader = async () => {
      for (let last = 0; !writing.isOver;) {
        const least = Math.max(last, answered)
        last = Number(await read('clock'))
        expect(last).toBeGreaterThanOrEqual(least)
      }
    }
    const readers = [reader(), reader(), reader()]
    for (let n = 1; n <= 60; n++) {
      await put('clock', n)
      answered = n
    }
    writing.isOver = true
    await Promise.all(readers)
  })

  test('what one caller is given is not another’s to change', async () => {
    await put('shared', 1)
    await read('shared')
    const Item = { a: { S: 'shared' }, n: { N: '9' } }
    const refused = cloud.db.putItem({
      TableName,
      Item,
      ConditionExpression: 'n = :x',
      ExpressionAttributeValues: { ':x': { N: '2' } },
    })
    await expect(refused).rejects.toThrow('conditional')
    expect(await read('shared')).toBe('1')
  })
})
