import { type Dora, monitorEndpoints } from '@madang/api'
import { Text, Title } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { durationText } from '../ui/time.tsx'
import classes from './monitor.module.css'

/** The four DORA figures, from the product's own facts. */
export function Delivery({ project }: { project: string }) {
  const { data } = useEndpoint(monitorEndpoints.doraGet, { params: { project } })
  if (!data) return null
  return (
    <>
      <Title order={2} fz={17} mt={28} mb={8}>
        {t('monitor.delivery', { days: data.days })}
      </Title>
      <dl className={classes['figures']}>
        {figures(data).map(([name, value, note]) => (
          <div key={name} className={`card ${classes['figure']}`}>
            <dt>{name}</dt>
            <dd data-known={value !== undefined}>
              {value ?? t('monitor.noFacts')}
              {value !== undefined && (
                <Text component="span" size="xs" className="dim" display="block">
                  {note}
                </Text>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

type Figure = [name: string, value: string | undefined, note: string]

function figures(dora: Dora): Figure[] {
  const { leadTimeMs, changeFailureRate, timeToRestoreMs, deployments } = dora
  const time = (ms: number | undefined) => (ms === undefined ? undefined : durationText(ms))
  const frequency = deployments === 0 ? undefined : dora.deploymentFrequency.toFixed(1)
  const rate =
    changeFailureRate === undefined ? undefined : `${Math.round(changeFailureRate * 100)} %`
  const count = t('monitor.frequencyNote', { count: deployments })
  return [
    [t('monitor.frequency'), frequency, count],
    [t('monitor.leadTime'), time(leadTimeMs), t('monitor.median')],
    [t('monitor.failureRate'), rate, count],
    [t('monitor.restore'), time(timeToRestoreMs), t('monitor.median')],
  ]
}
