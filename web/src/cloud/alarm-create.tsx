import type { CloudMetric } from '@madang/api'
import { t } from '../i18n/index.ts'
import { SettingChange } from './setting-change.tsx'

const comparisons = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '≥',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '≤',
}
const treatments = ['missing', 'notBreaching', 'breaching', 'ignore'] as const
const PERCENTILE = /^p\d/

/** An alarm over the metric and statistic that are drawn. */
export function AlarmCreate({ metric, stat }: { metric: CloudMetric; stat: string }) {
  return (
    <SettingChange
      label={t('alarm.create')}
      service="cloudwatch"
      operation="putMetricAlarm"
      fields={[
        { name: 'AlarmName', label: t('console.name'), value: '' },
        {
          name: 'ComparisonOperator',
          label: t('alarm.when', { metric: `${metric.name} (${stat})` }),
          value: 'GreaterThanThreshold',
          kind: Object.entries(comparisons).map(([value, label]) => ({ value, label })),
        },
        { name: 'Threshold', label: t('alarm.threshold'), value: '0', kind: 'number' },
        { name: 'Period', label: t('alarm.period'), value: '60', kind: 'number' },
        { name: 'EvaluationPeriods', label: t('alarm.periods'), value: '1', kind: 'number' },
        {
          name: 'TreatMissingData',
          label: t('alarm.missing'),
          value: 'notBreaching',
          kind: treatments.map((value) => ({ value, label: t(`alarm.missing_${value}`) })),
        },
      ]}
      input={(values) => ({
        ...values,
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
        ...(PERCENTILE.test(stat) ? { ExtendedStatistic: stat } : { Statistic: stat }),
        Threshold: Number(values['Threshold']),
        Period: Number(values['Period']),
        EvaluationPeriods: Number(values['EvaluationPeriods']),
      })}
    />
  )
}
