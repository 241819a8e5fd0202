import { DynamoDB, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import type { Config } from '../../../../kernel/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

export interface DynamoUnderTest extends CloudUnderTest {
  db: DynamoDB
  /** How an operation refuses an input, which may be one that the SDK's types don't allow. */
  refusal(operation: string, input: object): Promise<{ type: string; message: string }>
  /** A table with partition key `a`, sort key `b` where given, and what else is given. */
  table(name: string, more?: Partial<CreateTableCommandInput> & { range?: boolean }): Promise<void>
}

export async function startDynamo(values: Partial<Config> = {}): Promise<DynamoUnderTest> {
  const cloud = await startCloud(values)
  const db = new DynamoDB(cloud.config())
  return {
    ...cloud,
    db,
    async table(name, { range = false, ...more } = {}) {
      await db.createTable({
        TableName: name,
        AttributeDefinitions: [
          { AttributeName: 'a', AttributeType: 'S' },
          ...(range ? [{ AttributeName: 'b', AttributeType: 'S' as const }] : []),
        ],
        KeySchema: [
          { AttributeName: 'a', KeyType: 'HASH' },
          ...(range ? [{ AttributeName: 'b', KeyType: 'RANGE' as const }] : []),
        ],
        BillingMode: 'PAY_PER_REQUEST',
        ...more,
      })
    },
    async refusal(operation, input) {
      const send = db as unknown as Record<string, (input: object) => Promise<unknown>>
      try {
        await send[operation]!(input)
      } catch (error) {
        const { name, message } = error as Error
        return { type: name, message }
      }
      throw new Error(`${operation} was not refused`)
    },
    async stop() {
      db.destroy()
      await cloud.stop()
    },
  }
}
