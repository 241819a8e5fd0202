import { type AttributeValue, DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { expect } from 'vitest'

type Item = Record<string, AttributeValue>

/**
 * The items that a table's changes, told one after the other from the beginning, make of nothing;
 * each tells of the item as the ones before it left it. The stream shows old and new images.
 */
export async function replayed(
  streams: DynamoDBStreams,
  StreamArn: string,
): Promise<Map<string, Item>> {
  const { StreamDescription } = await streams.describeStream({ StreamArn })
  const { ShardId } = StreamDescription!.Shards![0]!
  const ShardIteratorType = 'TRIM_HORIZON'
  let { ShardIterator } = await streams.getShardIterator({ StreamArn, ShardId, ShardIteratorType })
  const items = new Map<string, Item>()
  let last = ''
  for (;;) {
    const { Records, NextShardIterator } = await streams.getRecords({ ShardIterator, Limit: 100 })
    if (Records!.length === 0) return items
    for (const { eventName, dynamodb } of Records!) {
      const { Keys, NewImage, OldImage, SequenceNumber } = dynamodb!
      const id = JSON.stringify(Object.entries(Keys!).sort())
      expect(SequenceNumber! > last).toBe(true)
      expect(OldImage).toEqual(items.get(id))
      expect(eventName).toBe(OldImage ? (NewImage ? 'MODIFY' : 'REMOVE') : 'INSERT')
      if (NewImage) items.set(id, NewImage)
      else items.delete(id)
      last = SequenceNumber!
    }
    ShardIterator = NextShardIterator
  }
}
