import { type Incident, monitorEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text, Title } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago, durationText } from '../ui/time.tsx'

/** What alarms opened, the newest first. */
export function Incidents({ project }: { project: string }) {
  const { data } = useEndpoint(monitorEndpoints.incidentList, { params: { project } })
  if (!data) return null
  return (
    <>
      <Title order={2} fz={17} mt={28} mb={8}>
        {t('monitor.incidents')}
      </Title>
      {data.items.length === 0 ? (
        <Text size="sm" className="dim">
          {t('monitor.noIncidents')}
        </Text>
      ) : (
        <div className="card rows">
          {data.items.map((incident) => (
            <IncidentRow key={incident.id} project={project} incident={incident} />
          ))}
        </div>
      )}
    </>
  )
}

/** What an alarm opened, in a list. */
export function IncidentRow({ project, incident }: { project: string; incident: Incident }) {
  const { issue, alarmName, openedAt, closedAt } = incident
  const lengthMs = closedAt && new Date(closedAt).getTime() - new Date(openedAt).getTime()
  return (
    <Link to="/p/$project/issues/$issue" params={{ project, issue }} className="row">
      <StateBadge
        state={closedAt ? 'OK' : 'ALARM'}
        label={t(closedAt ? 'monitor.over' : 'monitor.ongoing')}
      />
      <Text className="grow" fw={500}>
        {issue}{' '}
        <Text component="span" className="dim" size="sm">
          {alarmName}
        </Text>
      </Text>
      <Text size="sm" className="dim" ta="right" style={{ flex: 'none' }}>
        {lengthMs && (
          <>
            {t('monitor.lasted', { time: durationText(lengthMs) })}
            <br />
          </>
        )}
        <Ago at={openedAt} />
      </Text>
    </Link>
  )
}
