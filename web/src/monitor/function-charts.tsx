import { type MetricSeries, monitorEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { Chart } from '../cloud/chart.tsx'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import classes from './monitor.module.css'

const REFRESH_MS = 15_000

/** Invocations, errors and duration of each function of the released stacks. */
export function FunctionCharts({ project, hours }: { project: string; hours: number }) {
  const query = useEndpoint(
    monitorEndpoints.metricList,
    { params: { project }, query: { hours } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Loaded query={query} lines={3}>
      {({ items }) => {
        const names = [...new Set(items.map((series) => series.function))]
        return names.length === 0 ? (
          <Text size="sm" className="dim">
            {t('monitor.noCharts')}
          </Text>
        ) : (
          <>
            {names.map((name) => (
              <Charts
                key={name}
                name={name}
                series={items.filter((entry) => entry.function === name)}
              />
            ))}
          </>
        )
      }}
    </Loaded>
  )
}

const milliseconds = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

function Charts({ name, series }: { name: string; series: MetricSeries[] }) {
  const of = (metric: MetricSeries['metric']) =>
    series.find((entry) => entry.metric === metric)?.points ?? []
  return (
    <>
      <Text size="sm" mb={6}>
        <Link to="/cloud/lambda/$function" params={{ function: name }}>
          {name}
        </Link>{' '}
        <span className="dim">{series[0]?.environment}</span>
      </Text>
      <div className={classes['charts']}>
        <Chart
          title={t('monitor.invocations')}
          lines={[{ label: t('monitor.invocations'), points: of('Invocations') }]}
        />
        <Chart
          title={t('monitor.errors')}
          lines={[{ label: t('monitor.errors'), points: of('Errors'), colour: 'red' }]}
        />
        <Chart
          title={t('monitor.duration')}
          lines={[
            { label: t('monitor.average'), points: of('Duration'), colour: 'blue' },
            { label: t('monitor.maximum'), points: of('DurationMax'), colour: 'gray' },
          ]}
          format={milliseconds}
        />
      </div>
    </>
  )
}
