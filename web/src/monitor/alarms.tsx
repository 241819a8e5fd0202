import { type MonitorAlarm, monitorEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Bell } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'

const REFRESH_MS = 5000
const urgency = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 }

/** The alarms of the released stacks, those that ring first. */
export function Alarms({ project }: { project: string }) {
  const query = useEndpoint(
    monitorEndpoints.alarmList,
    { params: { project } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Loaded query={query} lines={2}>
      {({ items }) => (
        <div className="card rows">
          {items.length === 0 && (
            <Empty
              icon={<Bell size={28} />}
              title={t('monitor.noAlarms')}
              text={t('monitor.noAlarmsText')}
            />
          )}
          {items
            .toSorted((a, b) => urgency[a.state] - urgency[b.state])
            .map((alarm) => (
              <AlarmRow key={alarm.arn} project={project} alarm={alarm} />
            ))}
        </div>
      )}
    </Loaded>
  )
}

function AlarmRow({ project, alarm }: { project: string; alarm: MonitorAlarm }) {
  return (
    <div className="row" style={{ alignItems: 'flex-start' }}>
      <StateBadge state={alarm.state} label={t(`cloud.alarm_${alarm.state}`)} />
      <div className="grow">
        <Text fw={600}>
          <Link to="/cloud/cloudwatch/$alarm" params={{ alarm: alarm.name }}>
            {alarm.name}
          </Link>{' '}
          <Text component="span" size="sm" className="dim" fw={400}>
            {alarm.service} · {alarm.environment}
            {alarm.metric && ` · ${alarm.metric}`}
          </Text>
        </Text>
        <Text size="sm" className={alarm.state === 'ALARM' ? '' : 'dim'}>
          {alarm.state === 'ALARM' ? alarm.reason : (alarm.description ?? alarm.reason)}
        </Text>
        {alarm.issue && (
          <Text size="sm">
            {t('monitor.opened')}{' '}
            <Link to="/p/$project/issues/$issue" params={{ project, issue: alarm.issue }}>
              {alarm.issue}
            </Link>
          </Text>
        )}
      </div>
      {alarm.since && (
        <Text size="sm" className="dim" style={{ flex: 'none' }}>
          <Ago at={alarm.since} />
        </Text>
      )}
    </div>
  )
}
