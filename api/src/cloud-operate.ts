import { endpoint } from './endpoint.ts'
import { z } from './schema.ts'

/**
 * What the console's pages call of each service, by AWS's own names: `reads` show, `changes` change or take (a
 * message that was received is hidden from others). A closed list: pages are no second way to all of AWS.
 */
export const consoleOperations = {
  s3: {
    reads: [],
    changes: [
      'createBucket',
      'deleteBucket',
      'deleteObject',
      'putBucketVersioning',
      'putPublicAccessBlock',
      'putBucketNotificationConfiguration',
      'putBucketLifecycleConfiguration',
      'putBucketInventoryConfiguration',
    ],
  },
  lambda: {
    reads: [],
    changes: ['createFunction', 'deleteFunction', 'invoke', 'updateFunctionConfiguration'],
  },
  cloudwatch: { reads: [], changes: ['putMetricAlarm', 'deleteAlarms'] },
  sqs: {
    reads: [
      'listQueues',
      'getQueueUrl',
      'getQueueAttributes',
      'listDeadLetterSourceQueues',
      'listMessageMoveTasks',
    ],
    changes: [
      'createQueue',
      'deleteQueue',
      'purgeQueue',
      'setQueueAttributes',
      'sendMessage',
      'receiveMessage',
      'deleteMessage',
      'startMessageMoveTask',
    ],
  },
  sns: {
    reads: [
      'listTopics',
      'getTopicAttributes',
      'listSubscriptionsByTopic',
      'getSubscriptionAttributes',
    ],
    changes: [
      'createTopic',
      'deleteTopic',
      'subscribe',
      'unsubscribe',
      'publish',
      'setSubscriptionAttributes',
    ],
  },
  events: {
    reads: ['listEventBuses', 'listRules', 'listTargetsByRule', 'listArchives', 'listReplays'],
    changes: [
      'createEventBus',
      'deleteEventBus',
      'putRule',
      'deleteRule',
      'enableRule',
      'disableRule',
      'putTargets',
      'removeTargets',
      'putEvents',
      'createArchive',
      'deleteArchive',
      'startReplay',
    ],
  },
  dynamodb: {
    reads: [
      'listTables',
      'describeTable',
      'describeTimeToLive',
      'describeContinuousBackups',
      'scan',
      'query',
      'getItem',
    ],
    changes: [
      'createTable',
      'updateTable',
      'deleteTable',
      'putItem',
      'deleteItem',
      'updateTimeToLive',
    ],
  },
  iam: {
    reads: [
      'listUsers',
      'listRoles',
      'listPolicies',
      'listGroups',
      'getGroup',
      'listAttachedGroupPolicies',
      'listAccessKeys',
      'listAttachedUserPolicies',
      'listAttachedRolePolicies',
      'getAccessKeyLastUsed',
    ],
    changes: [
      'createUser',
      'deleteUser',
      'createRole',
      'deleteRole',
      'createPolicy',
      'deletePolicy',
      'createGroup',
      'deleteGroup',
      'addUserToGroup',
      'removeUserFromGroup',
      'attachGroupPolicy',
      'detachGroupPolicy',
      'createAccessKey',
      'updateAccessKey',
      'deleteAccessKey',
      'attachUserPolicy',
      'detachUserPolicy',
      'attachRolePolicy',
      'detachRolePolicy',
      'putUserPolicy',
      'deleteUserPolicy',
      'putRolePolicy',
      'deleteRolePolicy',
      'updateAssumeRolePolicy',
      'createPolicyVersion',
    ],
  },
  kms: {
    reads: ['listKeys', 'listAliases', 'describeKey', 'getKeyRotationStatus'],
    changes: [
      'createKey',
      'createAlias',
      'enableKey',
      'disableKey',
      'enableKeyRotation',
      'disableKeyRotation',
      'scheduleKeyDeletion',
      'cancelKeyDeletion',
    ],
  },
  ssm: {
    // A value is asked for by a person, whose rights open what is secret.
    reads: ['describeParameters'],
    changes: ['putParameter', 'getParameter', 'deleteParameter'],
  },
  ecr: {
    reads: ['describeRepositories', 'describeImages'],
    changes: ['createRepository', 'deleteRepository', 'batchDeleteImage'],
  },
  kinesis: {
    reads: ['listStreams', 'describeStreamSummary', 'listShards', 'getShardIterator', 'getRecords'],
    changes: ['createStream', 'deleteStream', 'putRecord', 'updateShardCount'],
  },
} as const

export type ConsoleService = keyof typeof consoleOperations
type Of<
  S extends ConsoleService,
  Kind extends 'reads' | 'changes',
> = (typeof consoleOperations)[S][Kind][number]
export type ConsoleRead<S extends ConsoleService> = Of<S, 'reads'>
export type ConsoleChange<S extends ConsoleService> = Of<S, 'changes'>

const called = { service: z.string(), operation: z.string() }
/** `us-east-1`; the server's own region where it is missing. */
const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
  .optional()
// AWS's own answer as JSON: moments as ISO strings, bytes as base64.
const answer = z.record(z.string(), z.unknown())

export const cloudOperateEndpoints = {
  cloudRead: endpoint({
    method: 'GET',
    path: '/api/cloud/read/:service/:operation',
    access: 'signedIn',
    params: z.object(called),
    /** `input`: AWS's input as JSON text. */
    query: z.object({ region, input: z.string().max(100_000).default('{}') }),
    result: answer,
  }),
  /** As the person's role of the project, like with keys of `cloudKeysCreate`: what changes is theirs. */
  cloudOperate: endpoint({
    method: 'POST',
    path: '/api/projects/:project/cloud/:service/:operation',
    access: { project: 'developer' },
    params: z.object({ project: z.string(), ...called }),
    body: z.object({ region, input: z.record(z.string(), z.unknown()).default({}) }),
    result: answer,
  }),
}
