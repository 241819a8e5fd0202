import type { DynamoDb, Input } from '../../gateway/index.ts'

/** One typed value, as the SDK has it: `{ S: 'a' }`, bytes as Uint8Array. */
export type Value = NonNullable<NonNullable<Input<DynamoDb, 'PutItem'>['Item']>[string]>
export type Item = Record<string, Value>
export type TypeName = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL'
