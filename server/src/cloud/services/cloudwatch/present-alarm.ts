import { type AlarmRow, compositeConfig, metricConfig } from './store-alarms.ts'

export function presentMetricAlarm(row: AlarmRow) {
  const { EvaluationWindow: _window, ...config } = {
    EvaluationWindow: undefined,
    ...metricConfig(row),
  }
  const { Metrics, Dimensions, ...rest } = config
  return {
    ...state(row),
    ...rest,
    AlarmActions: config.AlarmActions ?? [],
    OKActions: config.OKActions ?? [],
    InsufficientDataActions: config.InsufficientDataActions ?? [],
    ...(Metrics?.length ? { Metrics } : { Dimensions: Dimensions ?? [] }),
  }
}

export function presentComposite(row: AlarmRow) {
  const config = compositeConfig(row)
  return {
    ...state(row),
    ...config,
    AlarmActions: config.AlarmActions ?? [],
    OKActions: config.OKActions ?? [],
    InsufficientDataActions: config.InsufficientDataActions ?? [],
  }
}

const state = (row: AlarmRow) => ({
  AlarmName: row.name,
  AlarmArn: row.arn,
  AlarmConfigurationUpdatedTimestamp: new Date(row.config_at),
  ActionsEnabled: row.actions_enabled === 1,
  StateValue: row.state as 'OK',
  StateReason: row.reason,
  ...(row.reason_data && { StateReasonData: row.reason_data }),
  StateUpdatedTimestamp: new Date(row.state_at),
  StateTransitionedTimestamp: new Date(row.transitioned_at),
})
