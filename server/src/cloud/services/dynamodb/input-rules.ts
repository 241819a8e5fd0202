import { invalid } from './refusals.ts'
import {
  atLeast,
  atMost,
  checkShape,
  each,
  longerThan,
  matching,
  members,
  oneOf,
  required,
  type Rule,
  type Rules,
  shorterThan,
} from './shape-rules.ts'

const name = matching('[a-zA-Z0-9_.-]+')
const capacity = oneOf('INDEXES', 'TOTAL', 'NONE')
const metrics = oneOf('SIZE', 'NONE')
const returned = oneOf('ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW')
const onFailure = oneOf('ALL_OLD', 'NONE')
const conjunction = oneOf('OR', 'AND')
const selected = oneOf('SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES')
const comparison = oneOf(
  'IN',
  'NULL',
  'BETWEEN',
  'LT',
  'NOT_CONTAINS',
  'EQ',
  'GT',
  'NOT_NULL',
  'NE',
  'LE',
  'BEGINS_WITH',
  'GE',
  'CONTAINS',
)
const conditions = each(members([['ComparisonOperator', required, comparison]]))
const expected = each(members([['ComparisonOperator', comparison]]))
const tableName: Rules[number] = ['TableName', required, name]
const indexName: Rules[number] = ['IndexName', name, longerThan(3), shorterThan(255)]
const attributeList: Rules[number] = ['AttributesToGet', longerThan(1), shorterThan(255)]

const throughput = members([
  ['WriteCapacityUnits', required, atLeast(1)],
  ['ReadCapacityUnits', required, atLeast(1)],
])
const keySchema: Rule[] = [
  required,
  longerThan(1),
  shorterThan(2),
  each(
    members([
      ['AttributeName', required, longerThan(1), shorterThan(255)],
      ['KeyType', required, oneOf('HASH', 'RANGE')],
    ]),
  ),
]
const attributeDefinitions = each(
  members([
    ['AttributeName', required, longerThan(1), shorterThan(255)],
    ['AttributeType', required, oneOf('B', 'N', 'S')],
  ]),
)
const projection = members([
  ['ProjectionType', oneOf('ALL', 'INCLUDE', 'KEYS_ONLY')],
  ['NonKeyAttributes', longerThan(1), shorterThan(20)],
])
const indexMembers: Rules = [
  ['IndexName', required, name, longerThan(3), shorterThan(255)],
  ['KeySchema', ...keySchema],
  ['Projection', required, projection],
]
const globalIndex = members([...indexMembers, ['ProvisionedThroughput', throughput]])
const billing = oneOf('PROVISIONED', 'PAY_PER_REQUEST')
const tableClass = oneOf('STANDARD', 'STANDARD_INFREQUENT_ACCESS')
const stream = members([
  ['StreamEnabled', required],
  ['StreamViewType', oneOf('NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY')],
])

const writing: Rules = [
  ['ReturnConsumedCapacity', capacity],
  tableName,
  ['ReturnValues', returned],
  ['ReturnItemCollectionMetrics', metrics],
  ['ConditionalOperator', conjunction],
  ['Expected', expected],
  ['ReturnValuesOnConditionCheckFailure', onFailure],
]
const onItem: Rules = [
  ['TableName', required, name],
  ['ReturnValuesOnConditionCheckFailure', onFailure],
]
const keyed = members([['Key', required], ...onItem])

/** Constraints of each operation's input, as the service model has them. */
const rules: Record<string, Rules> = {
  CreateTable: [
    ['AttributeDefinitions', required, attributeDefinitions],
    tableName,
    ['BillingMode', billing],
    ['ProvisionedThroughput', throughput],
    ['KeySchema', ...keySchema],
    ['LocalSecondaryIndexes', each(members(indexMembers))],
    ['GlobalSecondaryIndexes', each(globalIndex)],
    ['StreamSpecification', stream],
    ['TableClass', tableClass],
  ],
  UpdateTable: [
    ['AttributeDefinitions', attributeDefinitions],
    tableName,
    ['BillingMode', billing],
    ['ProvisionedThroughput', throughput],
    [
      'GlobalSecondaryIndexUpdates',
      each(
        members([
          [
            'Update',
            members([
              ['IndexName', required, name, longerThan(3), shorterThan(255)],
              ['ProvisionedThroughput', throughput],
            ]),
          ],
          ['Create', globalIndex],
          ['Delete', members([['IndexName', required, name, longerThan(3), shorterThan(255)]])],
        ]),
      ),
    ],
    ['StreamSpecification', stream],
    ['TableClass', tableClass],
  ],
  DeleteTable: [tableName],
  DescribeTable: [tableName],
  ListTables: [
    ['Limit', atLeast(1), atMost(100)],
    ['ExclusiveStartTableName', name, longerThan(3), shorterThan(255)],
  ],
  GetItem: [['ReturnConsumedCapacity', capacity], ['Key', required], attributeList, tableName],
  PutItem: [...writing.slice(0, 2), ['Item', required], ...writing.slice(2)],
  DeleteItem: [['Key', required], ...writing],
  UpdateItem: [
    ['Key', required],
    ...writing,
    ['AttributeUpdates', each(members([['Action', oneOf('ADD', 'PUT', 'DELETE')]]))],
  ],
  Query: [
    ['Select', selected],
    indexName,
    ['ReturnConsumedCapacity', capacity],
    attributeList,
    tableName,
    ['ConditionalOperator', conjunction],
    ['QueryFilter', conditions],
    ['KeyConditions', conditions],
    ['Limit', atLeast(1)],
  ],
  Scan: [
    ['Select', selected],
    indexName,
    ['TotalSegments', atLeast(1), atMost(1_000_000)],
    ['ReturnConsumedCapacity', capacity],
    attributeList,
    tableName,
    ['ConditionalOperator', conjunction],
    ['ScanFilter', conditions],
    ['Segment', atLeast(0), atMost(999_999)],
    ['Limit', atLeast(1)],
  ],
  BatchGetItem: [
    ['ReturnConsumedCapacity', capacity],
    [
      'RequestItems',
      required,
      longerThan(1),
      shorterThan(100),
      each(members([['Keys', required, longerThan(1), shorterThan(100)], attributeList])),
    ],
  ],
  BatchWriteItem: [
    ['ReturnConsumedCapacity', capacity],
    ['ReturnItemCollectionMetrics', metrics],
    [
      'RequestItems',
      required,
      longerThan(1),
      shorterThan(25),
      (value, path) => eachList(value, path),
    ],
  ],
  TransactGetItems: [
    [
      'TransactItems',
      required,
      longerThan(1),
      shorterThan(100),
      each(members([['Get', required, keyed]])),
    ],
    ['ReturnConsumedCapacity', capacity],
  ],
  TransactWriteItems: [
    [
      'TransactItems',
      required,
      longerThan(1),
      shorterThan(100),
      each(
        members([
          [
            'ConditionCheck',
            members([['Key', required], ['ConditionExpression', required], ...onItem]),
          ],
          ['Put', members([['Item', required], ...onItem])],
          ['Delete', keyed],
          ['Update', members([['Key', required], ['UpdateExpression', required], ...onItem])],
        ]),
      ),
    ],
    ['ReturnConsumedCapacity', capacity],
    ['ReturnItemCollectionMetrics', metrics],
    ['ClientRequestToken', longerThan(1), shorterThan(36)],
  ],
  UpdateTimeToLive: [
    tableName,
    [
      'TimeToLiveSpecification',
      required,
      members([
        ['Enabled', required],
        ['AttributeName', required, longerThan(1), shorterThan(255)],
      ]),
    ],
  ],
  DescribeTimeToLive: [tableName],
  DescribeContinuousBackups: [tableName],
  TagResource: [
    ['ResourceArn', required, longerThan(1), shorterThan(1283)],
    [
      'Tags',
      required,
      each(
        members([
          ['Key', required, longerThan(1), shorterThan(128)],
          ['Value', required, shorterThan(256)],
        ]),
      ),
    ],
  ],
  UntagResource: [
    ['ResourceArn', required, longerThan(1), shorterThan(1283)],
    ['TagKeys', required],
  ],
  ListTagsOfResource: [['ResourceArn', required, longerThan(1), shorterThan(1283)]],
  PutResourcePolicy: [
    ['ResourceArn', required],
    ['Policy', required],
  ],
  GetResourcePolicy: [['ResourceArn', required]],
  DeleteResourcePolicy: [['ResourceArn', required]],
  ExecuteStatement: [
    ['Statement', required, longerThan(1), shorterThan(8192)],
    ['Parameters', longerThan(1)],
    ['Limit', atLeast(1)],
    ['ReturnConsumedCapacity', capacity],
  ],
  BatchExecuteStatement: [
    ['Statements', required, longerThan(1), shorterThan(25)],
    ['ReturnConsumedCapacity', capacity],
  ],
  ExecuteTransaction: [
    ['TransactStatements', required, longerThan(1), shorterThan(100)],
    ['ReturnConsumedCapacity', capacity],
  ],
}

function eachList(value: unknown, path: string): string[] {
  return each((list, at) => [
    ...longerThan(1)(list, at.replace(/\.member$/, '')),
    ...shorterThan(25)(list, at.replace(/\.member$/, '')),
    ...each(
      members([
        ['DeleteRequest', members([['Key', required]])],
        ['PutRequest', members([['Item', required]])],
      ]),
    )(list, at),
  ])(value, path)
}

const LONGEST_NAME = 255

/** What is wrong with the input's shape, told before anything is looked up. */
export function checkInput(operation: string, input: Record<string, unknown>): void {
  const own = rules[operation]
  if (!own) return
  const table = input['TableName']
  const isArn = typeof table === 'string' && table.startsWith('arn:')
  if (typeof table === 'string' && !isArn && (table.length < 3 || table.length > LONGEST_NAME)) {
    throw invalid('TableName must be at least 3 characters long and at most 255 characters long')
  }
  // An ARN stands where the name does, and its own form is checked when it is looked up.
  checkShape(isArn ? { ...input, TableName: 'arn' } : input, own)
}
