import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { flag, list, number, shaped, structure, text, texts } from './property.ts'
import { changes, type Providers, type ResourceContext } from './provider.ts'

type AlarmInput = Parameters<Aws['cloudwatch']['putMetricAlarm']>[0]

const alarmTexts = [
  'AlarmDescription',
  'ComparisonOperator',
  'EvaluateLowSampleCountPercentile',
  'ExtendedStatistic',
  'MetricName',
  'Namespace',
  'Statistic',
  'ThresholdMetricId',
  'TreatMissingData',
  'Unit',
]
const alarmNumbers = ['DatapointsToAlarm', 'EvaluationPeriods', 'Period', 'Threshold']
const actionLists = ['AlarmActions', 'InsufficientDataActions', 'OKActions']

function alarmInput(properties: Structure, AlarmName: string): AlarmInput {
  const input: Record<string, unknown> = { AlarmName }
  for (const name of alarmTexts) input[name] = text(properties[name])
  for (const name of alarmNumbers) input[name] = number(properties[name])
  for (const name of actionLists) input[name] = texts(properties[name])
  const dimensions = list(properties['Dimensions']).map((item) => {
    const { Name, Value } = structure(item)
    return { Name: text(Name), Value: text(Value) }
  })
  const metrics = list(properties['Metrics']).map((item) =>
    shaped<object>(item, { numbers: ['Period'], flags: ['ReturnData'] }),
  )
  return {
    ...(input as unknown as AlarmInput),
    ActionsEnabled: flag(properties['ActionsEnabled']),
    Dimensions: dimensions,
    Metrics: metrics.length > 0 ? (metrics as AlarmInput['Metrics']) : undefined,
  }
}

function alarmArn(context: ResourceContext, name: string): string {
  return `arn:aws:cloudwatch:${context.region}:${context.account}:alarm:${name}`
}

function alarmOutcome(context: ResourceContext, name: string) {
  return { physicalId: name, attributes: { Arn: alarmArn(context, name) } }
}

async function putAlarm(context: ResourceContext, name: string, properties: Structure) {
  await context.aws.cloudwatch.putMetricAlarm({
    ...alarmInput(properties, name),
    Tags: context.tags(properties['Tags']),
  })
  return alarmOutcome(context, name)
}

async function putComposite(context: ResourceContext, name: string, properties: Structure) {
  const { cloudwatch } = context.aws
  await cloudwatch.putCompositeAlarm({
    AlarmName: name,
    AlarmRule: text(properties['AlarmRule']),
    AlarmDescription: text(properties['AlarmDescription']),
    ActionsEnabled: flag(properties['ActionsEnabled']),
    AlarmActions: texts(properties['AlarmActions']),
    InsufficientDataActions: texts(properties['InsufficientDataActions']),
    OKActions: texts(properties['OKActions']),
    ActionsSuppressor: text(properties['ActionsSuppressor']),
    ActionsSuppressorExtensionPeriod: number(properties['ActionsSuppressorExtensionPeriod']),
    ActionsSuppressorWaitPeriod: number(properties['ActionsSuppressorWaitPeriod']),
    Tags: context.tags(properties['Tags']),
  })
  return alarmOutcome(context, name)
}

async function deleteAlarm(context: ResourceContext, name: string): Promise<void> {
  await context.aws.cloudwatch.deleteAlarms({ AlarmNames: [name] })
}

async function putDashboard(context: ResourceContext, name: string, properties: Structure) {
  const body = text(properties['DashboardBody'])
  await context.aws.cloudwatch.putDashboard({ DashboardName: name, DashboardBody: body })
  return { physicalId: name, attributes: {} }
}

// Putting an alarm or a dashboard is idempotent by name, so creating and changing are one.
export const alarmProviders: Providers = {
  'AWS::CloudWatch::Alarm': {
    properties: {
      ...changes('replace', 'AlarmName'),
      ...changes('update', 'ActionsEnabled Dimensions Metrics Tags'),
      ...changes('update', [...alarmTexts, ...alarmNumbers, ...actionLists].join(' ')),
    },
    attributes: ['Arn'],
    tagged: true,
    create: (context, properties) =>
      putAlarm(context, text(properties['AlarmName']) ?? context.physicalName(255), properties),
    update: putAlarm,
    async takeOver(context, name, properties) {
      const Tags = context.tags(properties['Tags'])
      await context.aws.cloudwatch.tagResource({ ResourceARN: alarmArn(context, name), Tags })
      return alarmOutcome(context, name)
    },
    delete: deleteAlarm,
  },
  'AWS::CloudWatch::CompositeAlarm': {
    properties: {
      ...changes('replace', 'AlarmName'),
      ...changes(
        'update',
        'ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod ' +
          'ActionsSuppressorWaitPeriod AlarmActions AlarmDescription AlarmRule ' +
          'InsufficientDataActions OKActions Tags',
      ),
    },
    required: ['AlarmRule'],
    attributes: ['Arn'],
    tagged: true,
    create: (context, properties) =>
      putComposite(context, text(properties['AlarmName']) ?? context.physicalName(255), properties),
    update: putComposite,
    delete: deleteAlarm,
  },
  'AWS::CloudWatch::Dashboard': {
    properties: {
      ...changes('replace', 'DashboardName'),
      ...changes('update', 'DashboardBody'),
    },
    required: ['DashboardBody'],
    attributes: [],
    create: (context, properties) =>
      putDashboard(
        context,
        text(properties['DashboardName']) ?? context.physicalName(255),
        properties,
      ),
    update: putDashboard,
    async delete(context, name) {
      await context.aws.cloudwatch.deleteDashboards({ DashboardNames: [name] })
    },
  },
}
