import { useState } from 'react'
import { type CloudMetric, cloudConsoleEndpoints as api } from '@madang/api'
import { Group, Select, Text } from '@mantine/core'
import { ChartLine as ChartIcon } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { AlarmCreate } from './alarm-create.tsx'
import { Chart } from './chart.tsx'
import classes from './cloud.module.css'
import { useSeries } from './series.ts'
import { useRegion } from './region.ts'
import { MoreButton } from '../ui/pieces.tsx'

const stats = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p90', 'p99']
const spans = [60, 180, 1440, 10_080] as const

/** Every metric there is; a chosen one is drawn. */
export function MetricBrowser() {
  const [chosen, setChosen] = useState<CloudMetric>()
  const [namespace, setNamespace] = useState<string | null>(null)
  const query = usePages(api.cloudMetricList, { query: useRegion() })
  const metrics = query.data?.pages.flatMap(({ items }) => items) ?? []
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  if (query.isSuccess && metrics.length === 0) {
    return (
      <div className="card">
        <Empty
          icon={<ChartIcon size={30} />}
          title={t('cloud.noMetrics')}
          text={t('cloud.noMetricsText')}
        />
      </div>
    )
  }
  const namespaces = [...new Set(metrics.map((metric) => metric.namespace))].sort()
  const shown = metrics.filter((metric) => !namespace || metric.namespace === namespace)
  return (
    <>
      {chosen && <ChosenMetric key={keyOf(chosen)} metric={chosen} />}
      <Select
        aria-label={t('cloud.namespace')}
        placeholder={t('cloud.allNamespaces')}
        clearable
        maw={320}
        mb="sm"
        data={namespaces}
        value={namespace}
        onChange={setNamespace}
      />
      <div className="card rows">
        {shown.map((metric) => (
          <button
            key={keyOf(metric)}
            type="button"
            aria-label={keyOf(metric)}
            className={`row is-link ${classes['pick']}`}
            aria-pressed={chosen !== undefined && keyOf(chosen) === keyOf(metric)}
            onClick={() => setChosen(metric)}
          >
            <span className="grow">
              <strong>{metric.name}</strong>
              <span className="dim">
                {metric.namespace}
                {dimensionText(metric) && ` · ${dimensionText(metric)}`}
              </span>
            </span>
          </button>
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}

const dimensionText = ({ dimensions }: CloudMetric) =>
  Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
const keyOf = (metric: CloudMetric) => `${metric.namespace} ${metric.name} ${dimensionText(metric)}`

function ChosenMetric({ metric }: { metric: CloudMetric }) {
  const [stat, setStat] = useState(
    /Duration|Latency|Utilization/.test(metric.name) ? 'Average' : 'Sum',
  )
  const [minutes, setMinutes] = useState<number>(180)
  const points = useSeries({ ...metric, stat, minutes })
  return (
    <div style={{ marginBottom: 16 }}>
      <Group gap="sm" mb="xs">
        <Select
          aria-label={t('cloud.stat')}
          w={150}
          allowDeselect={false}
          data={stats}
          value={stat}
          onChange={(value) => value && setStat(value)}
        />
        <Select
          aria-label={t('cloud.span')}
          w={150}
          allowDeselect={false}
          data={spans.map((value) => ({ value: String(value), label: t(`cloud.span_${value}`) }))}
          value={String(minutes)}
          onChange={(value) => value && setMinutes(Number(value))}
        />
        <AlarmCreate metric={metric} stat={stat} />
      </Group>
      <Chart
        title={`${metric.name} (${stat})`}
        lines={[{ label: metric.name, points }]}
        height={220}
      />
      <Text size="xs" className="dim" mt={4}>
        {dimensionText(metric)}
      </Text>
    </div>
  )
}
