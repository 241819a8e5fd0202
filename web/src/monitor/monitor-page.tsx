import { useState } from 'react'
import { monitorEndpoints, releasesEndpoints } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Button, SegmentedControl, Title } from '@mantine/core'
import { Gauge } from 'lucide-react'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { Alarms } from './alarms.tsx'
import { Delivery } from './delivery.tsx'
import { FunctionCharts } from './function-charts.tsx'
import { Incidents } from './incidents.tsx'
import { ServiceHealthCard } from './service-health.tsx'
import { ServiceLogs } from './service-logs.tsx'

const REFRESH_MS = 10_000
const spans = [1, 3, 24, 168] as const

/** `/p/GB/monitor`: how the released services do. */
export function MonitorPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [hours, setHours] = useState<number>(3)
  useLive([`project:${project}`])
  const query = useEndpoint(
    monitorEndpoints.healthList,
    { params: { project } },
    { refetchMs: REFRESH_MS },
  )
  const environments = useEndpoint(releasesEndpoints.environmentList, { params: { project } })
  const isReleased = environments.data?.items.some(({ current }) => current.length > 0) ?? false
  const control = (
    <SegmentedControl
      size="sm"
      aria-label={t('monitor.hours')}
      data={spans.map((value) => ({ value: String(value), label: t(`monitor.hours_${value}`) }))}
      value={String(hours)}
      onChange={(value) => setHours(Number(value))}
    />
  )
  return (
    <>
      <PageHead
        title={t('monitor.title')}
        note={t('monitor.note')}
        actions={isReleased && control}
      />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <NothingWatched project={project} />
          ) : (
            <>
              {items.map((service) => (
                <ServiceHealthCard key={service.id} project={project} service={service} />
              ))}
            </>
          )
        }
      </Loaded>
      {isReleased && (
        <>
          <Heading text={t('monitor.alarms')} />
          <Alarms project={project} />
          <Heading text={t('monitor.charts')} />
          <FunctionCharts project={project} hours={hours} />
          <Heading text={t('monitor.logs')} />
          <ServiceLogs project={project} hours={hours} />
          <Incidents project={project} />
        </>
      )}
      <Delivery project={project} />
    </>
  )
}

function Heading({ text }: { text: string }) {
  return (
    <Title order={2} fz={17} mt={28} mb={8}>
      {text}
    </Title>
  )
}

function NothingWatched({ project }: { project: string }) {
  return (
    <div className="card">
      <Empty
        icon={<Gauge size={32} />}
        title={t('monitor.none')}
        text={t('monitor.noneText')}
        action={
          <Button
            mt="sm"
            variant="default"
            renderRoot={(props) => (
              <Link to="/p/$project/releases" params={{ project }} {...props} />
            )}
          >
            {t('monitor.toReleases')}
          </Button>
        }
      />
    </div>
  )
}
