import { checkShape } from './newer-rules.ts'
import { invalid } from './refusals.ts'
import {
  atLeast,
  atMost,
  each,
  elementsWithin,
  keysWithin,
  longerThan,
  matching,
  members,
  oneOf,
  required,
  type Rule,
  type Rules,
  shorterThan,
  unechoed,
  valuesWithin,
} from './shape-rules.ts'
import { requestItemsText } from './write-request-text.ts'

const namePattern = '[a-zA-Z0-9_.-]+'
const isName = new RegExp(`^${namePattern}$`)
const name = matching(namePattern)
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
const tableName: Rules[number] = ['TableName', required, longerThan(3), shorterThan(255), name]
const nameRules = [name, longerThan(3), shorterThan(255)]
/** Where an ARN may stand too, an empty name lacks its one character and nothing else. */
const itemsTable: Rules[number] = [
  'TableName',
  required,
  (value, path) => {
    if (typeof value === 'string' && value.startsWith('arn:')) return []
    return (value === '' ? [longerThan(1)] : nameRules).flatMap((rule) => rule(value, path))
  },
]
const indexName: Rules[number] = ['IndexName', name, longerThan(3), shorterThan(255)]
const attributeList: Rules[number] = ['AttributesToGet', longerThan(1), shorterThan(255)]

const backupArn: Rules[number] = ['BackupArn', required, longerThan(37), shorterThan(1024)]
const clientToken = matching('^[^\\$]+$')
const bucket: Rules = [
  ['S3Bucket', required, shorterThan(255), matching('^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$')],
  ['S3BucketOwner', matching('[0-9]{12}')],
]
const streamArn: Rules[number] = ['StreamArn', required, longerThan(37), shorterThan(1024)]
const globalName: Rules[number] = [
  'GlobalTableName',
  required,
  name,
  longerThan(3),
  shorterThan(255),
]
const targetName: Rules[number] = [
  'TargetTableName',
  required,
  name,
  longerThan(3),
  shorterThan(255),
]

const throughput = members([
  ['WriteCapacityUnits', required, atLeast(1)],
  ['ReadCapacityUnits', required, atLeast(1)],
])
const keyElements = each(
  members([
    ['AttributeName', required, longerThan(1), shorterThan(255)],
    ['KeyType', required, oneOf('HASH', 'RANGE')],
  ]),
)
const keySchema: Rule[] = [required, longerThan(1), shorterThan(2), keyElements]
const attributeDefinitions = each(
  members([
    ['AttributeName', required, longerThan(1), shorterThan(255)],
    ['AttributeType', required, oneOf('B', 'N', 'S')],
  ]),
)
const shownAttributes = elementsWithin(
  (attribute) => attribute.length >= 1 && attribute.length <= 255,
  ['have length less than or equal to 255', 'have length greater than or equal to 1'],
)
const projection = members([
  ['ProjectionType', oneOf('ALL', 'INCLUDE', 'KEYS_ONLY')],
  ['NonKeyAttributes', longerThan(1), shorterThan(20), shownAttributes],
])
const indexMembers = (schema: Rule[]): Rules => [
  ['IndexName', required, longerThan(3), shorterThan(255), name],
  ['KeySchema', ...schema],
  ['Projection', required, projection],
]
const localIndex = members(indexMembers(keySchema))
const globalIndex = members([
  ...indexMembers([required, longerThan(1), keyElements]),
  ['ProvisionedThroughput', throughput],
])
const billing = oneOf('PROVISIONED', 'PAY_PER_REQUEST')
const encryption = members([['KMSMasterKeyId', longerThan(1)]])
const stream = members([
  ['StreamEnabled', required],
  ['StreamViewType', oneOf('OLD_IMAGE', 'KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE')],
])

const writing: Rules = [['ReturnConsumedCapacity', capacity], itemsTable]
const conditional: Rules = [
  ['ConditionalOperator', conjunction],
  ['Expected', expected],
  ['ReturnValuesOnConditionCheckFailure', onFailure],
]
const returning: Rules = [
  ['ReturnValues', returned],
  ['ReturnItemCollectionMetrics', metrics],
]
const onItem: Rules = [itemsTable, ['ReturnValuesOnConditionCheckFailure', onFailure]]
const keyed = members([['Key', required], ...onItem])

const isTableKey = (key: string) =>
  key.startsWith('arn:') || (key.length >= 3 && key.length <= 255 && isName.test(key))
const nameConstraints = [
  'have length less than or equal to 255',
  'have length greater than or equal to 3',
  `satisfy regular expression pattern: ${namePattern}`,
]
const writtenTables = keysWithin(isTableKey, nameConstraints, requestItemsText)
const readTables = keysWithin(isTableKey, nameConstraints, JSON.stringify)
const fewWrites = valuesWithin(
  (list) => list.length >= 1 && list.length <= 25,
  ['have length less than or equal to 25', 'have length greater than or equal to 1'],
  requestItemsText,
)
/** Told in the newer form, which names a table where the older one says `member`. */
const readKeys: Rule = (value) =>
  Object.entries((value ?? {}) as Record<string, { Keys?: unknown[] }>).flatMap(([table, one]) => {
    const path = `RequestItems.${table}.member.Keys`
    const count = one.Keys?.length ?? 1
    if (count > 100) return [unechoed(path, 'have length less than or equal to 100')]
    return count < 1 ? [unechoed(path, 'have length greater than or equal to 1')] : []
  })
const someTables: Rule = (value) =>
  value !== undefined && Object.keys(value as object).length === 0
    ? [unechoed('RequestItems', 'have length greater than or equal to 1')]
    : []
const writeRequests = each(
  each(
    members([
      ['DeleteRequest', members([['Key', required]])],
      ['PutRequest', members([['Item', required]])],
    ]),
  ),
)

const statement: Rules = [
  ['Statement', required, longerThan(1), shorterThan(8192)],
  ['Parameters', longerThan(1)],
]

/** A stream's ARN has no length of its own: what is none is `Invalid StreamArn` when looked up. */
const shard: Rule[] = [longerThan(28), shorterThan(65)]

/** Constraints of each operation's input, as the service model has them. */
const rules: Record<string, Rules> = {
  CreateTable: [
    ['AttributeDefinitions', required, attributeDefinitions],
    tableName,
    ['BillingMode', billing],
    ['ProvisionedThroughput', throughput],
    ['KeySchema', ...keySchema],
    ['GlobalSecondaryIndexes', each(globalIndex)],
    ['LocalSecondaryIndexes', each(localIndex)],
    ['StreamSpecification', stream],
    ['SSESpecification', encryption],
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
    ['SSESpecification', encryption],
  ],
  DeleteTable: [tableName],
  DescribeTable: [tableName],
  ListTables: [
    ['Limit', atLeast(1), atMost(100)],
    ['ExclusiveStartTableName', name, longerThan(3), shorterThan(255)],
  ],
  GetItem: [['ReturnConsumedCapacity', capacity], attributeList, itemsTable, ['Key', required]],
  PutItem: [...writing, ['Item', required], ...conditional, ...returning],
  DeleteItem: [...writing, ...returning, ['Key', required], ...conditional],
  UpdateItem: [
    ...writing,
    ...returning.toReversed(),
    ...conditional,
    ['Key', required],
    ['AttributeUpdates', each(members([['Action', oneOf('ADD', 'PUT', 'DELETE')]]))],
  ],
  Query: [
    ['Select', selected],
    indexName,
    ['ReturnConsumedCapacity', capacity],
    ['QueryFilter', conditions],
    itemsTable,
    ['ConditionalOperator', conjunction],
    attributeList,
    ['Limit', atLeast(1)],
    ['KeyConditions', conditions],
  ],
  Scan: [
    ['Select', selected],
    indexName,
    ['TotalSegments', atLeast(1), atMost(1_000_000)],
    ['ReturnConsumedCapacity', capacity],
    itemsTable,
    ['ConditionalOperator', conjunction],
    ['ScanFilter', conditions],
    ['Segment', atLeast(0), atMost(999_999)],
    ['Limit', atLeast(1)],
    attributeList,
  ],
  BatchGetItem: [
    [
      'RequestItems',
      required,
      someTables,
      shorterThan(100),
      readTables,
      readKeys,
      each(members([['Keys', required], attributeList])),
    ],
    ['ReturnConsumedCapacity', capacity],
  ],
  BatchWriteItem: [
    ['ReturnConsumedCapacity', capacity],
    ['ReturnItemCollectionMetrics', metrics],
    ['RequestItems', required, shorterThan(25), writtenTables, fewWrites, writeRequests],
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
    ['ClientRequestToken', longerThan(1), shorterThan(36)],
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
  ],
  UpdateTimeToLive: [
    tableName,
    [
      'TimeToLiveSpecification',
      required,
      members([
        ['AttributeName', required, longerThan(1), shorterThan(255)],
        ['Enabled', required],
      ]),
    ],
  ],
  DescribeTimeToLive: [tableName],
  DescribeContinuousBackups: [tableName],
  UpdateContinuousBackups: [
    tableName,
    [
      'PointInTimeRecoverySpecification',
      required,
      members([
        ['PointInTimeRecoveryEnabled', required],
        ['RecoveryPeriodInDays', atLeast(1), atMost(35)],
      ]),
    ],
  ],
  CreateBackup: [tableName, ['BackupName', required, name, longerThan(3), shorterThan(255)]],
  DescribeBackup: [['BackupArn', required, shorterThan(1024)]],
  DeleteBackup: [['BackupArn', required, shorterThan(1024)]],
  ListBackups: [
    ['TableName', name, longerThan(3), shorterThan(255)],
    ['Limit', atLeast(1), atMost(100)],
    ['ExclusiveStartBackupArn', longerThan(37), shorterThan(1024)],
    ['BackupType', oneOf('USER', 'SYSTEM', 'AWS_BACKUP', 'ALL')],
  ],
  ExportTableToPointInTime: [
    ['TableArn', required, shorterThan(1024)],
    ['ClientToken', clientToken],
    ...bucket,
    ['S3Prefix', longerThan(1), shorterThan(1024)],
    ['S3SseAlgorithm', oneOf('AES256', 'KMS')],
    ['S3SseKmsKeyId', longerThan(1), shorterThan(2048)],
    ['ExportFormat', oneOf('DYNAMODB_JSON', 'ION')],
    ['ExportType', oneOf('FULL_EXPORT', 'INCREMENTAL_EXPORT')],
  ],
  DescribeExport: [['ExportArn', required, longerThan(37), shorterThan(1024)]],
  ListExports: [['MaxResults', atLeast(1), atMost(25)]],
  ImportTable: [
    // The reference has it optional; the service demands it, which clients that fill it in don't see.
    ['ClientToken', required, clientToken],
    ['S3BucketSource', required, members([...bucket, ['S3KeyPrefix', shorterThan(1024)]])],
    ['InputFormat', required, oneOf('DYNAMODB_JSON', 'ION', 'CSV')],
    ['InputCompressionType', oneOf('GZIP', 'ZSTD', 'NONE')],
    [
      'TableCreationParameters',
      required,
      members([
        tableName,
        ['AttributeDefinitions', required, attributeDefinitions],
        ['KeySchema', ...keySchema],
        ['BillingMode', billing],
        ['ProvisionedThroughput', throughput],
        ['GlobalSecondaryIndexes', each(globalIndex)],
      ]),
    ],
  ],
  DescribeImport: [['ImportArn', required, longerThan(37), shorterThan(1024)]],
  EnableKinesisStreamingDestination: [tableName, streamArn],
  DisableKinesisStreamingDestination: [tableName, streamArn],
  UpdateKinesisStreamingDestination: [tableName, streamArn],
  DescribeKinesisStreamingDestination: [tableName],
  DescribeContributorInsights: [tableName, indexName],
  UpdateContributorInsights: [
    tableName,
    indexName,
    ['ContributorInsightsAction', required, oneOf('ENABLE', 'DISABLE')],
    ['ContributorInsightsMode', oneOf('THROTTLED_KEYS', 'ACCESSED_AND_THROTTLED_KEYS')],
  ],
  ListContributorInsights: [['MaxResults', atMost(100)]],
  DescribeTableReplicaAutoScaling: [tableName],
  UpdateTableReplicaAutoScaling: [tableName],
  CreateGlobalTable: [globalName, ['ReplicationGroup', required]],
  UpdateGlobalTable: [globalName, ['ReplicaUpdates', required]],
  DescribeGlobalTable: [globalName],
  DescribeGlobalTableSettings: [globalName],
  UpdateGlobalTableSettings: [globalName, ['GlobalTableBillingMode', billing]],
  ListGlobalTables: [['Limit', atLeast(1)]],
  ListImports: [['PageSize', atLeast(1), atMost(25)]],
  RestoreTableFromBackup: [targetName, backupArn, ['BillingModeOverride', billing]],
  RestoreTableToPointInTime: [
    ['SourceTableName', name, longerThan(3), shorterThan(255)],
    targetName,
    ['BillingModeOverride', billing],
  ],
  TagResource: [
    ['ResourceArn', required, longerThan(1), shorterThan(1283)],
    ['Tags', required],
  ],
  UntagResource: [
    ['ResourceArn', required, longerThan(1), shorterThan(1283)],
    ['TagKeys', required],
  ],
  ListTagsOfResource: [['ResourceArn', required, longerThan(1), shorterThan(1283)]],
  PutResourcePolicy: [
    ['ResourceArn', required],
    ['Policy', required],
    ['ExpectedRevisionId', longerThan(1), shorterThan(255)],
  ],
  GetResourcePolicy: [['ResourceArn', required]],
  DeleteResourcePolicy: [
    ['ResourceArn', required],
    ['ExpectedRevisionId', longerThan(1), shorterThan(255)],
  ],
  ListStreams: [['Limit', atLeast(1)]],
  DescribeStream: [
    ['StreamArn', required],
    ['Limit', atLeast(1)],
    ['ExclusiveStartShardId', ...shard],
  ],
  GetShardIterator: [
    ['StreamArn', required],
    ['ShardId', required],
    [
      'ShardIteratorType',
      required,
      oneOf('AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'),
    ],
    ['SequenceNumber', longerThan(21), shorterThan(40)],
  ],
  GetRecords: [
    ['ShardIterator', required],
    ['Limit', atLeast(1)],
  ],
  ExecuteStatement: [
    ['Statement', required, longerThan(1), shorterThan(8192)],
    ['Parameters', longerThan(1)],
    ['Limit', atLeast(1)],
    ['ReturnConsumedCapacity', capacity],
  ],
  BatchExecuteStatement: [
    ['Statements', required, longerThan(1), shorterThan(25), each(members(statement))],
    ['ReturnConsumedCapacity', capacity],
  ],
  ExecuteTransaction: [
    ['TransactStatements', required, longerThan(1), shorterThan(100), each(members(statement))],
    ['ClientRequestToken', longerThan(1), shorterThan(36)],
    ['ReturnConsumedCapacity', capacity],
  ],
}

/** These miss the table's name before they look at the other constraints. */
const byName = new Set([
  'CreateTable',
  'UpdateTable',
  'DeleteTable',
  'DescribeTable',
  'UpdateTimeToLive',
  'DescribeTimeToLive',
])
/** Names whose length is told without the member's path: the member, and what it is called. */
const plainNames: Record<string, [member: string, shown: string]> = {
  DescribeContributorInsights: ['IndexName', 'IndexName'],
  UpdateContributorInsights: ['IndexName', 'IndexName'],
  CreateGlobalTable: ['GlobalTableName', 'TableName'],
  UpdateGlobalTable: ['GlobalTableName', 'TableName'],
  DescribeGlobalTable: ['GlobalTableName', 'TableName'],
  DescribeGlobalTableSettings: ['GlobalTableName', 'TableName'],
  UpdateGlobalTableSettings: ['GlobalTableName', 'TableName'],
  RestoreTableFromBackup: ['TargetTableName', 'TableName'],
}

function refuseLength(operation: string, input: Record<string, unknown>): void {
  const [member, shown] = plainNames[operation] ?? []
  const value = member === undefined ? undefined : input[member]
  if (typeof value !== 'string' || (value.length >= 3 && value.length <= 255)) return
  throw invalid(`${shown} must be at least 3 characters long and at most 255 characters long`)
}

const onArn = new Set(['TagResource', 'UntagResource', 'ListTagsOfResource'])

/** What is wrong with the input's shape, told before anything is looked up. */
export function checkInput(operation: string, input: Record<string, unknown>): void {
  const own = rules[operation]
  if (!own) return
  const table = input['TableName']
  const isArn = typeof table === 'string' && table.startsWith('arn:')
  if (byName.has(operation) && table === undefined) {
    throw invalid("The parameter 'TableName' is required but was not present in the request")
  }
  if (onArn.has(operation) && input['ResourceArn'] === undefined) throw invalid('Invalid TableArn')
  refuseLength(operation, input)
  // An ARN stands where the name does, and its own form is checked when it is looked up.
  checkShape(operation, isArn ? { ...input, TableName: 'arn' } : input, own)
}
