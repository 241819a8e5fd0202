import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { document, flag, list, number, structure, text, texts } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

type FilterInput = Parameters<Aws['logs']['putMetricFilter']>[0]

const GONE = ['ResourceNotFoundException']
const TAKEN = ['ResourceAlreadyExistsException']

async function retention(
  context: ResourceContext,
  logGroupName: string,
  next: Structure,
  before: Structure,
) {
  const days = number(next['RetentionInDays'])
  if (days === number(before['RetentionInDays'])) return
  const { logs } = context.aws
  if (days === undefined) await logs.deleteRetentionPolicy({ logGroupName })
  else await logs.putRetentionPolicy({ logGroupName, retentionInDays: days })
}

function groupOutcome(context: ResourceContext, name: string) {
  const arn = `arn:aws:logs:${context.region}:${context.account}:log-group:${name}:*`
  return { physicalId: name, attributes: { Arn: arn } }
}

function ownTags(context: ResourceContext, properties: Structure): Record<string, string> {
  return Object.fromEntries(context.tags(properties['Tags']).map((tag) => [tag.Key, tag.Value]))
}

function filterInput(properties: Structure, filterName: string): FilterInput {
  return {
    filterName,
    logGroupName: text(properties['LogGroupName']),
    filterPattern: text(properties['FilterPattern']),
    applyOnTransformedLogs: flag(properties['ApplyOnTransformedLogs']),
    metricTransformations: list(properties['MetricTransformations']).map((item) => {
      const given = structure(item)
      const dimensions = list(given['Dimensions']).map((dimension) => {
        const { Key, Value } = structure(dimension)
        return [String(Key), String(Value)] as const
      })
      return {
        metricName: text(given['MetricName']),
        metricNamespace: text(given['MetricNamespace']),
        metricValue: text(given['MetricValue']),
        defaultValue: number(given['DefaultValue']),
        unit: text(given['Unit']) as 'Count',
        dimensions: dimensions.length > 0 ? Object.fromEntries(dimensions) : undefined,
      }
    }),
  }
}

export const logsProviders: Providers = {
  'AWS::Logs::LogGroup': {
    properties: {
      ...changes('replace', 'LogGroupName LogGroupClass'),
      ...changes('update', 'KmsKeyId RetentionInDays Tags DeletionProtectionEnabled'),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const given = text(properties['LogGroupName'])
      const name = context.physicalId ?? given ?? context.physicalName(255)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.logs.createLogGroup({
          logGroupName: name,
          kmsKeyId: text(properties['KmsKeyId']),
          logGroupClass: text(properties['LogGroupClass']) as 'STANDARD',
          tags: ownTags(context, properties),
        }),
      )
      await retention(context, name, properties, {})
      return groupOutcome(context, name)
    },
    async update(context, name, next, before) {
      await retention(context, name, next, before)
      const resourceArn = `arn:aws:logs:${context.region}:${context.account}:log-group:${name}`
      await context.aws.logs.tagResource({ resourceArn, tags: ownTags(context, next) })
      return groupOutcome(context, name)
    },
    async delete(context, logGroupName) {
      await unlessGone(GONE, () => context.aws.logs.deleteLogGroup({ logGroupName }))
    },
  },
  'AWS::Logs::LogStream': {
    properties: changes('replace', 'LogGroupName LogStreamName'),
    required: ['LogGroupName'],
    attributes: [],
    async create(context, properties) {
      const given = text(properties['LogStreamName'])
      const name = context.physicalId ?? given ?? context.physicalName(255)
      const logGroupName = text(properties['LogGroupName'])
      await makeOnce(context, name, TAKEN, () =>
        context.aws.logs.createLogStream({ logGroupName, logStreamName: name }),
      )
      return { physicalId: name, attributes: {} }
    },
    async delete(context, logStreamName, properties) {
      const logGroupName = text(properties['LogGroupName'])
      await unlessGone(GONE, () =>
        context.aws.logs.deleteLogStream({ logGroupName, logStreamName }),
      )
    },
  },
  'AWS::Logs::MetricFilter': {
    properties: {
      ...changes('replace', 'LogGroupName FilterName'),
      ...changes('update', 'FilterPattern MetricTransformations ApplyOnTransformedLogs'),
    },
    required: ['LogGroupName', 'FilterPattern', 'MetricTransformations'],
    attributes: [],
    async create(context, properties) {
      const name = text(properties['FilterName']) ?? context.physicalName(255)
      await context.aws.logs.putMetricFilter(filterInput(properties, name))
      return { physicalId: name, attributes: {} }
    },
    async update(context, name, next) {
      await context.aws.logs.putMetricFilter(filterInput(next, name))
      return { physicalId: name, attributes: {} }
    },
    async delete(context, filterName, properties) {
      const logGroupName = text(properties['LogGroupName'])
      await unlessGone(GONE, () =>
        context.aws.logs.deleteMetricFilter({ logGroupName, filterName }),
      )
    },
  },
  'AWS::Logs::SubscriptionFilter': {
    properties: {
      ...changes('replace', 'LogGroupName FilterName'),
      ...changes(
        'update',
        'ApplyOnTransformedLogs DestinationArn Distribution FilterPattern RoleArn',
      ),
      ...changes('update', 'EmitSystemFields FieldSelectionCriteria'),
    },
    required: ['DestinationArn', 'FilterPattern', 'LogGroupName'],
    attributes: [],
    async create(context, properties) {
      const given = context.physicalId ?? text(properties['FilterName'])
      return putSubscription(context, given ?? context.physicalName(255), properties)
    },
    update: putSubscription,
    async delete(context, filterName, properties) {
      const logGroupName = text(properties['LogGroupName'])
      await unlessGone(GONE, () =>
        context.aws.logs.deleteSubscriptionFilter({ logGroupName, filterName }),
      )
    },
  },
  'AWS::Logs::ResourcePolicy': {
    properties: { ...changes('replace', 'PolicyName'), ...changes('update', 'PolicyDocument') },
    required: ['PolicyDocument', 'PolicyName'],
    attributes: [],
    create: (context, properties) =>
      putPolicy(context, text(properties['PolicyName'])!, properties),
    update: putPolicy,
    async delete(context, policyName) {
      await unlessGone(GONE, () => context.aws.logs.deleteResourcePolicy({ policyName }))
    },
  },
}

async function putSubscription(
  context: ResourceContext,
  filterName: string,
  properties: Structure,
) {
  const fields = properties['EmitSystemFields']
  await context.aws.logs.putSubscriptionFilter({
    filterName,
    logGroupName: text(properties['LogGroupName']),
    filterPattern: text(properties['FilterPattern']),
    destinationArn: text(properties['DestinationArn']),
    roleArn: text(properties['RoleArn']),
    distribution: text(properties['Distribution']) as 'Random' | undefined,
    applyOnTransformedLogs: flag(properties['ApplyOnTransformedLogs']),
    fieldSelectionCriteria: text(properties['FieldSelectionCriteria']),
    emitSystemFields: fields === undefined ? undefined : texts(fields),
  })
  return { physicalId: filterName, attributes: {} }
}

async function putPolicy(context: ResourceContext, policyName: string, properties: Structure) {
  const policyDocument = document(properties['PolicyDocument'])
  await context.aws.logs.putResourcePolicy({ policyName, policyDocument })
  return { physicalId: policyName, attributes: {} }
}
