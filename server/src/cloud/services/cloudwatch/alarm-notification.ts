import { offsetMoment } from './alarm-reason.ts'
import { regionName } from './region-names.ts'
import type { MetricAlarmConfig } from './alarm-model.ts'
import { type AlarmRow, metricConfig } from './store-alarms.ts'

interface Change {
  state: { value: string; reason: string }
  previousState: { value: string }
}

/** What an SNS topic is told of an alarm (user guide, "Notifying users on alarm changes"). */
export function notificationOf(
  alarm: AlarmRow,
  { state, previousState }: Change,
  atMs: number,
): { Subject: string; Message: string } {
  const config = metricConfig(alarm)
  const message = {
    AlarmName: alarm.name,
    AlarmDescription: config.AlarmDescription ?? null,
    AWSAccountId: alarm.account,
    AlarmConfigurationUpdatedTimestamp: offsetMoment(alarm.config_at),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: offsetMoment(atMs),
    Region: regionName(alarm.region),
    AlarmArn: alarm.arn,
    OldStateValue: previousState.value,
    OKActions: config.OKActions ?? [],
    AlarmActions: config.AlarmActions ?? [],
    InsufficientDataActions: config.InsufficientDataActions ?? [],
    ...(alarm.kind === 'MetricAlarm' && { Trigger: triggerOf(config) }),
  }
  const Subject = `${state.value}: "${alarm.name}" in ${regionName(alarm.region)}`.slice(0, 100)
  return { Subject, Message: JSON.stringify(message) }
}

function triggerOf(config: MetricAlarmConfig) {
  const statistic = config.ExtendedStatistic
    ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: config.ExtendedStatistic }
    : { StatisticType: 'Statistic', Statistic: camelToUpper(config.Statistic ?? '') }
  return {
    ...(config.Metrics
      ? { Metrics: config.Metrics }
      : {
          MetricName: config.MetricName,
          Namespace: config.Namespace,
          ...statistic,
          Unit: config.Unit ?? null,
          Dimensions: (config.Dimensions ?? []).map(({ Name, Value }) => ({
            value: Value,
            name: Name,
          })),
        }),
    Period: config.Period,
    EvaluationPeriods: config.EvaluationPeriods,
    DatapointsToAlarm: config.DatapointsToAlarm,
    ComparisonOperator: config.ComparisonOperator,
    Threshold: config.Threshold,
    TreatMissingData: config.TreatMissingData ?? 'missing',
    EvaluateLowSampleCountPercentile: config.EvaluateLowSampleCountPercentile ?? '',
  }
}

/** `SampleCount` is told as `SAMPLE_COUNT`. */
const camelToUpper = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase()
