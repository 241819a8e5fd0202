import type { ManagedPolicy } from './model.ts'

type Grants = [actions: string | string[], resources?: string | string[]][]

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
const networkInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
]
const words = (text: string) => text.split(' ')
const streamOf = (service: string, ...actions: string[]) => actions.map((a) => `${service}:${a}`)

// The managed policies of AWS that templates and tutorials name most; documents after the AWS managed
// policy reference. Service prefixes this cloud doesn't have are left in: they match nothing here.
const grants: Record<string, Grants> = {
  '/AdministratorAccess': [['*']],
  '/ReadOnlyAccess': [
    [
      words(
        's3:Get* s3:List* s3:Describe* lambda:Get* lambda:List* ec2:Describe* ' +
          'ec2:Get* logs:Describe* logs:Get* logs:FilterLogEvents logs:List* ' +
          'logs:StartQuery logs:StopQuery logs:TestMetricFilter cloudwatch:Describe* ' +
          'cloudwatch:Get* cloudwatch:List* cloudformation:Describe* iam:Generate* ' +
          'cloudformation:Detect* cloudformation:Estimate* cloudformation:Get* ' +
          'cloudformation:List* iam:Get* iam:List* iam:Simulate* sqs:Get* ' +
          'sqs:List* sqs:Receive* dynamodb:BatchGet* dynamodb:Describe* ' +
          'dynamodb:Get* dynamodb:List* dynamodb:Query dynamodb:Scan ' +
          'dynamodb:PartiQLSelect kinesis:Describe* kinesis:Get* kinesis:List* ' +
          'sts:GetAccessKeyInfo sts:GetCallerIdentity sts:GetSessionToken',
      ),
    ],
  ],
  '/IAMFullAccess': [['iam:*']],
  '/IAMReadOnlyAccess': [[['iam:Generate*', 'iam:Get*', 'iam:List*', 'iam:Simulate*']]],
  '/AmazonS3FullAccess': [[['s3:*', 's3-object-lambda:*']]],
  '/AmazonS3ReadOnlyAccess': [
    [['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*']],
  ],
  '/AWSLambda_FullAccess': [[['lambda:*', 'iam:PassRole', 'logs:*', 'cloudwatch:*']]],
  '/AWSLambda_ReadOnlyAccess': [[['lambda:Get*', 'lambda:List*', 'logs:Describe*', 'logs:Get*']]],
  '/CloudWatchFullAccess': [[['cloudwatch:*', 'logs:*', 'autoscaling:Describe*', 'sns:*']]],
  '/CloudWatchReadOnlyAccess': [
    [['cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*', 'logs:Get*', 'logs:List*']],
  ],
  '/CloudWatchLogsFullAccess': [[['logs:*', 'cloudwatch:GenerateQuery']]],
  '/AWSCloudFormationFullAccess': [['cloudformation:*']],
  '/AWSCloudFormationReadOnlyAccess': [
    [['cloudformation:Describe*', 'cloudformation:Get*', 'cloudformation:List*']],
  ],
  '/AmazonDynamoDBFullAccess': [[['dynamodb:*', 'dax:*']]],
  '/AmazonDynamoDBReadOnlyAccess': [
    [['dynamodb:BatchGetItem', 'dynamodb:Describe*', 'dynamodb:List*', 'dynamodb:Get*']],
    [['dynamodb:Query', 'dynamodb:Scan']],
  ],
  '/AmazonSQSFullAccess': [['sqs:*']],
  '/AmazonSQSReadOnlyAccess': [[['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:List*']]],
  '/AmazonKinesisFullAccess': [['kinesis:*']],
  '/AmazonEC2FullAccess': [[['ec2:*', 'elasticloadbalancing:*', 'cloudwatch:*', 'autoscaling:*']]],
  '/AmazonEC2ReadOnlyAccess': [[['ec2:Describe*', 'ec2:Get*', 'cloudwatch:Describe*']]],
  '/AmazonSSMManagedInstanceCore': [[['ssm:UpdateInstanceInformation', 'ssmmessages:*']]],
  '/CloudWatchAgentServerPolicy': [[['cloudwatch:PutMetricData', 'ec2:DescribeTags', ...logs]]],
  '/service-role/AWSLambdaBasicExecutionRole': [[logs]],
  '/service-role/AWSLambdaVPCAccessExecutionRole': [[[...logs, ...networkInterfaces]]],
  '/service-role/AWSLambdaSQSQueueExecutionRole': [
    [[...streamOf('sqs', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'), ...logs]],
  ],
  '/service-role/AWSLambdaKinesisExecutionRole': [
    [
      [
        ...streamOf('kinesis', 'DescribeStream', 'DescribeStreamSummary', 'GetRecords'),
        ...streamOf('kinesis', 'GetShardIterator', 'ListShards', 'ListStreams'),
        'kinesis:SubscribeToShard',
        ...logs,
      ],
    ],
  ],
  '/service-role/AWSLambdaDynamoDBExecutionRole': [
    [
      [
        ...streamOf('dynamodb', 'DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'),
        ...logs,
      ],
    ],
  ],
  '/service-role/AWSLambdaRole': [['lambda:InvokeFunction']],
}

const powerUser = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole', 'iam:ListRoles'],
      Resource: '*',
    },
  ],
}

const documents: [string, object][] = [
  ...Object.entries(grants).map(([path, list]): [string, object] => [
    path,
    {
      Version: '2012-10-17',
      Statement: list.map(([Action, Resource = '*']) => ({ Effect: 'Allow', Action, Resource })),
    },
  ]),
  ['/PowerUserAccess', powerUser],
]

// AWS's own creation day of the first managed policies.
const createdAt = Date.parse('2015-02-06T18:39:46Z')

/** AWS's managed policies by ARN. They belong to no account and can't be changed. */
export const awsPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(
  documents.map(([place, document], index) => {
    const name = place.split('/').at(-1)!
    const path = place.slice(0, -name.length)
    const arn = `arn:aws:iam::aws:policy${path}${name}`
    const version = { id: 'v1', document: JSON.stringify(document), createdAt }
    const policy: ManagedPolicy = {
      name,
      path,
      arn,
      id: `ANPAAWSMANAGED${String(index).padStart(6, 'A')}`,
      createdAt,
      updatedAt: createdAt,
      tags: {},
      versions: [version],
      defaultVersion: 'v1',
      lastVersion: 1,
    }
    return [arn, policy]
  }),
)
