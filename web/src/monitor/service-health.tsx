import { monitorEndpoints, type ServiceHealth } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Group, Text, Tooltip } from '@mantine/core'
import { ExternalLink } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { HealthDot } from '../releases/service-line.tsx'
import { agoText, momentText } from '../ui/time.tsx'
import { type Bar, barsOf } from './health-bars.ts'
import classes from './monitor.module.css'

const REFRESH_MS = 30_000

/** One released service: whether it answers, how fast, and how it did over the last day. */
export function ServiceHealthCard(props: { project: string; service: ServiceHealth }) {
  const { project, service } = props
  const { environment, version } = service
  return (
    <section className={`card ${classes['service']}`} aria-label={service.service}>
      <Group justify="space-between" gap="xs">
        <Text fw={650}>
          {service.service}{' '}
          <Link
            to="/p/$project/releases/$environment"
            params={{ project, environment }}
            className="dim"
          >
            {environment} {version}
          </Link>
        </Text>
        <HealthDot state={service.state} />
      </Group>
      <a href={service.url} target="_blank" rel="noreferrer" className={classes['url']}>
        <span className="ellipsis">{service.url}</span>
        <ExternalLink size={13} aria-hidden />
      </a>
      <HealthBars project={project} target={service.id} />
      <Text size="sm" className="dim">
        {factsOf(service).join(' · ')}
      </Text>
      {service.error && (
        <Text size="sm" c="var(--mantine-color-red-text)">
          {service.error}
        </Text>
      )}
    </section>
  )
}

function factsOf(service: ServiceHealth): string[] {
  const { uptime, status, latencyMs, probedAt } = service
  // Rounded down: 99.99 % is not "100 %".
  const percent = uptime === undefined ? undefined : `${Math.floor(uptime * 1000) / 10} %`
  return [
    percent === undefined ? t('monitor.noUptime') : t('monitor.uptime', { percent }),
    status === undefined ? '' : t('monitor.answered', { status }),
    latencyMs === undefined ? '' : t('monitor.latency', { ms: Math.round(latencyMs) }),
    probedAt === undefined ? '' : t('monitor.probed', { time: agoText(probedAt) }),
  ].filter(Boolean)
}

function HealthBars({ project, target }: { project: string; target: string }) {
  const { data, dataUpdatedAt } = useEndpoint(
    monitorEndpoints.healthHistory,
    { params: { project, target }, query: { hours: 24 } },
    { refetchMs: REFRESH_MS },
  )
  if (!data) return <div className={classes['bars']} />
  const bars = barsOf(data.items, dataUpdatedAt)
  const up = bars.filter(({ state }) => state === 'up').length
  const all = bars.filter(({ state }) => state !== 'none').length
  return (
    <figure className={classes['bars']} aria-label={t('monitor.bars', { up, all })}>
      {bars.map((bar) => (
        <Tooltip key={bar.at} label={barText(bar)}>
          <span data-state={bar.state} />
        </Tooltip>
      ))}
    </figure>
  )
}

function barText(bar: Bar): string {
  const time = momentText(new Date(bar.at).toISOString())
  const { probes, failures } = bar
  if (bar.state === 'none') return t('monitor.barNone', { time })
  if (bar.state === 'up') return t('monitor.barUp', { time, ms: Math.round(bar.latencyMs) })
  return t('monitor.barDown', { time, probes, failures })
}
