import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()
/** `us-east-1`; the server's own region where it is missing. */
const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
  .optional()
const access = 'signedIn' as const

// Lambda

export const cloudFunction = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string(),
  /** `nodejs22.x`; missing for images. */
  runtime: z.string().optional(),
  handler: z.string().optional(),
  memoryMb: z.number(),
  timeoutS: z.number(),
  codeSizeBytes: z.number(),
  state: z.string(),
  stateReason: z.string().optional(),
  modifiedAt: moment,
})
export type CloudFunction = Infer<typeof cloudFunction>

export const cloudFunctionDetail = cloudFunction.extend({
  role: z.string(),
  version: z.string(),
  architectures: z.array(z.string()),
  /** Names only: values often hold secrets. */
  environment: z.array(z.string()),
  /** Its function URL, where it has one, and who may call it. */
  url: z.string().optional(),
  urlAuth: z.string().optional(),
  logGroup: z.string(),
  tags: z.record(z.string(), z.string()),
})
export type CloudFunctionDetail = Infer<typeof cloudFunctionDetail>

// CloudWatch

export const cloudMetric = z.object({
  namespace: z.string(),
  name: z.string(),
  dimensions: z.record(z.string(), z.string()),
})
export type CloudMetric = Infer<typeof cloudMetric>

/** Values in the order of time; a gap is a moment without data. */
export const cloudSeries = z.object({
  periodS: z.number().int(),
  points: z.array(z.object({ at: moment, value: z.number() })),
})
export type CloudSeries = Infer<typeof cloudSeries>

export const cloudAlarm = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string(),
  kind: z.enum(['metric', 'composite']),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string(),
  since: moment.optional(),
  /** `Errors >= 1`, or the expression of a composite alarm. */
  rule: z.string(),
  /** Of so many periods, so many have to be over the line. */
  evaluationPeriods: z.number().int().optional(),
  datapointsToAlarm: z.number().int().optional(),
  metric: cloudMetric.optional(),
  stat: z.string().optional(),
  periodS: z.number().optional(),
  threshold: z.number().optional(),
  actionsEnabled: z.boolean(),
})
export type CloudAlarm = Infer<typeof cloudAlarm>

export const cloudAlarmChange = z.object({
  at: moment,
  kind: z.string(),
  summary: z.string(),
})
export type CloudAlarmChange = Infer<typeof cloudAlarmChange>

// CloudWatch Logs

export const cloudLogGroup = z.object({
  name: z.string(),
  arn: z.string(),
  createdAt: moment,
  storedBytes: z.number(),
  /** Missing: kept for ever. */
  retentionDays: z.number().optional(),
})
export type CloudLogGroup = Infer<typeof cloudLogGroup>

export const cloudLogStream = z.object({
  name: z.string(),
  createdAt: moment,
  lastEventAt: moment.optional(),
})
export type CloudLogStream = Infer<typeof cloudLogStream>

export const cloudLogEvent = z.object({
  id: z.string(),
  at: moment,
  stream: z.string(),
  message: z.string(),
})
export type CloudLogEvent = Infer<typeof cloudLogEvent>

// CloudFormation

export const cloudStack = z.object({
  name: z.string(),
  id: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  description: z.string(),
  createdAt: moment,
  updatedAt: moment.optional(),
})
export type CloudStack = Infer<typeof cloudStack>

const named = z.object({ key: z.string(), value: z.string(), note: z.string().optional() })
export const cloudStackDetail = cloudStack.extend({
  outputs: z.array(named),
  /** Values of NoEcho parameters are asterisks. */
  parameters: z.array(named),
  tags: z.array(named),
  resources: z.array(
    z.object({
      logicalId: z.string(),
      physicalId: z.string(),
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      at: moment.optional(),
    }),
  ),
  /** As it was handed in. */
  template: z.string(),
})
export type CloudStackDetail = Infer<typeof cloudStackDetail>

export const cloudStackEvent = z.object({
  id: z.string(),
  at: moment,
  logicalId: z.string(),
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
})
export type CloudStackEvent = Infer<typeof cloudStackEvent>

// IAM

/** A policy with its document, as JSON text. */
export const cloudPolicy = z.object({
  name: z.string(),
  /** Missing for one written into its user or role. */
  arn: z.string().optional(),
  description: z.string().optional(),
  attachments: z.number().optional(),
  document: z.string().optional(),
})
export type CloudPolicy = Infer<typeof cloudPolicy>

export const cloudIdentity = z.object({
  name: z.string(),
  arn: z.string(),
  createdAt: moment,
  /** A role's: who may take it on, as JSON text. */
  trust: z.string().optional(),
  groups: z.array(z.string()),
  policies: z.array(cloudPolicy),
})
export type CloudIdentity = Infer<typeof cloudIdentity>

export const cloudDecision = z.object({
  action: z.string(),
  resource: z.string(),
  decision: z.enum(['allowed', 'explicitDeny', 'implicitDeny']),
  /** Names of the policies whose statements decided. */
  policies: z.array(z.string()),
  /** Condition keys whose values were not given, so that statements could not match. */
  missingKeys: z.array(z.string()),
})
export type CloudDecision = Infer<typeof cloudDecision>

/** An action of IAM, as AWS's reference has it, and what here asks for it. */
export const cloudAction = z.object({
  /** `s3:GetObject`. */
  action: z.string(),
  /** AWS's name of the service. */
  service: z.string(),
  /** `Read`, `Write`, `List`, `Tagging`, `Permissions management`. */
  levels: z.array(z.string()),
  operations: z.array(
    z.object({
      service: z.string(),
      operation: z.string(),
      /** The member of the request that brings it; absent: it is always asked, or by what is named. */
      member: z.string().optional(),
    }),
  ),
  /** Kinds of resource it can be limited to; none: only `*`. */
  resources: z.array(z.object({ kind: z.string(), arn: z.string() })),
  /** Condition keys besides the global ones. */
  keys: z.array(z.object({ name: z.string(), type: z.string() })),
})
export type CloudAction = Infer<typeof cloudAction>

const policyLayer = z.enum(['identity', 'boundary', 'session', 'resource'])
/** A refused request, with what became of every statement that was looked at. */
export const cloudDenial = z.object({
  requestId: z.string(),
  at: moment,
  principal: z.string(),
  action: z.string(),
  resource: z.string(),
  decision: z.enum(['allowed', 'explicitDeny', 'implicitDeny']),
  layer: policyLayer,
  statements: z.array(
    z.object({
      layer: policyLayer,
      policy: z.string(),
      index: z.number().int(),
      sid: z.string().optional(),
      effect: z.enum(['Allow', 'Deny']),
      /** What of the statement is about something else; none: it counts. */
      misfit: z.enum(['principal', 'action', 'resource', 'condition']).optional(),
      failed: z
        .array(
          z.object({
            operator: z.string(),
            key: z.string(),
            wanted: z.array(z.string()),
            had: z.array(z.string()).optional(),
          }),
        )
        .optional(),
    }),
  ),
  /** Condition keys the action carries besides the global ones; `had`: what the request had of each. */
  keys: z.array(
    z.object({ name: z.string(), type: z.string(), had: z.array(z.string()).optional() }),
  ),
})
export type CloudDenial = Infer<typeof cloudDenial>

const lambdaConsole = {
  cloudFunctionList: endpoint({
    method: 'GET',
    path: '/api/cloud/lambda/functions',
    access,
    query: z.object({ ...paging, region }),
    result: pageOf(cloudFunction),
  }),
  cloudFunctionGet: endpoint({
    method: 'GET',
    path: '/api/cloud/lambda/functions/:name',
    access,
    params: z.object({ name: z.string() }),
    query: z.object({ region }),
    result: cloudFunctionDetail,
  }),
}

const cloudWatchConsole = {
  cloudMetricList: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudwatch/metrics',
    access,
    query: z.object({ cursor: paging.cursor, region, namespace: z.string().optional() }),
    result: pageOf(cloudMetric),
  }),
  cloudSeriesGet: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudwatch/series',
    access,
    query: z.object({
      region,
      namespace: z.string(),
      name: z.string(),
      /** JSON text of an object of names and values. */
      dimensions: z.string().default('{}'),
      /** `Sum`, `Average`, `Maximum`, `p99` … */
      stat: z.string().default('Average'),
      /** How far back from now. */
      minutes: z.coerce.number().int().min(5).max(20_160).default(180),
    }),
    result: cloudSeries,
  }),
  cloudAlarmList: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudwatch/alarms',
    access,
    query: z.object({ ...paging, region, names: z.string().optional() }),
    result: pageOf(cloudAlarm),
  }),
  cloudAlarmHistory: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudwatch/alarms/:name/history',
    access,
    params: z.object({ name: z.string() }),
    query: z.object({ ...paging, region }),
    result: pageOf(cloudAlarmChange),
  }),
}

const logsConsole = {
  cloudLogGroupList: endpoint({
    method: 'GET',
    path: '/api/cloud/logs/groups',
    access,
    query: z.object({ ...paging, region, prefix: z.string().optional() }),
    result: pageOf(cloudLogGroup),
  }),
  /** Those written to of late first. */
  cloudLogStreamList: endpoint({
    method: 'GET',
    path: '/api/cloud/logs/streams',
    access,
    query: z.object({ ...paging, region, group: z.string() }),
    result: pageOf(cloudLogStream),
  }),
  /** The latest events of a group or one of its streams, in the order of time. */
  cloudLogEventList: endpoint({
    method: 'GET',
    path: '/api/cloud/logs/events',
    access,
    query: z.object({
      region,
      limit: paging.limit,
      group: z.string(),
      stream: z.string().optional(),
      /** AWS's filter pattern: words, `"a phrase"`, `?either ?or`, `{ $.level = "error" }`. */
      pattern: z.string().max(1024).optional(),
      minutes: z.coerce.number().int().min(1).max(43_200).default(1440),
    }),
    result: z.object({
      items: z.array(cloudLogEvent),
      /** There are more in this time than were read. */
      truncated: z.boolean(),
    }),
  }),
}

const cloudFormationConsole = {
  cloudStackList: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudformation/stacks',
    access,
    query: z.object({ cursor: paging.cursor, region }),
    result: pageOf(cloudStack),
  }),
  cloudStackGet: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudformation/stacks/:stack',
    access,
    params: z.object({ stack: z.string() }),
    query: z.object({ region }),
    result: cloudStackDetail,
  }),
  /** Newest first. */
  cloudStackEventList: endpoint({
    method: 'GET',
    path: '/api/cloud/cloudformation/stacks/:stack/events',
    access,
    params: z.object({ stack: z.string() }),
    query: z.object({ cursor: paging.cursor, region }),
    result: pageOf(cloudStackEvent),
  }),
}

const iamConsole = {
  cloudPolicyList: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/policies',
    access,
    query: z.object(paging),
    result: pageOf(cloudPolicy),
  }),
  cloudPolicyGet: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/policy',
    access,
    query: z.object({ arn: z.string() }),
    result: cloudPolicy,
  }),
  cloudIdentityGet: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/:kind/:name',
    access,
    params: z.object({ kind: z.enum(['user', 'role']), name: z.string() }),
    result: cloudIdentity,
  }),
  /** Asks IAM what it would answer, without doing it. */
  cloudDecisionGet: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/decision',
    access,
    query: z.object({
      /** ARN of a user or a role. */
      principal: z.string(),
      action: z.string(),
      resource: z.string().default('*'),
    }),
    result: cloudDecision,
  }),
  /** By name; `text`: words in the names of the action, its service, operations and resources. */
  cloudActionList: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/actions',
    access,
    query: z.object({ ...paging, text: z.string().max(200).optional() }),
    result: pageOf(cloudAction),
  }),
  /** The newest hundred; in memory, so a restart forgets them. */
  cloudDenialList: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/denials',
    access,
    query: z.object({}),
    result: z.object({ items: z.array(cloudDenial) }),
  }),
}

export const cloudConsoleEndpoints = {
  ...lambdaConsole,
  ...cloudWatchConsole,
  ...logsConsole,
  ...cloudFormationConsole,
  ...iamConsole,
}

export const cloudConsoleErrors = defineErrors({
  cloudRefused: { status: 400, en: 'The cloud refused: {reason}', ko: '클라우드의 거절: {reason}' },
})
