import { type CloudAlarm, cloudConsoleEndpoints as api } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Tabs, Text } from '@mantine/core'
import { Bell } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { alarmRule } from './alarm-rule.ts'
import { CloudFrame } from './cloud-frame.tsx'
import { MetricBrowser } from './metric-browser.tsx'
import { useRegion } from './region.ts'

const REFRESH_MS = 5000

export function CloudWatchPage() {
  return (
    <CloudFrame title="CloudWatch" note={t('cloud.cloudwatchNote')} explains="cloudwatch">
      <Tabs defaultValue="alarms" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="alarms">{t('cloud.alarms')}</Tabs.Tab>
          <Tabs.Tab value="metrics">{t('cloud.metrics')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="alarms">
          <Alarms />
        </Tabs.Panel>
        <Tabs.Panel value="metrics">
          <MetricBrowser />
        </Tabs.Panel>
      </Tabs>
    </CloudFrame>
  )
}

const urgency = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 }

function Alarms() {
  const query = useEndpoint(
    api.cloudAlarmList,
    { query: { ...useRegion(), limit: 100 } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <div className="card">
            <Empty
              icon={<Bell size={30} />}
              title={t('cloud.noAlarms')}
              text={t('cloud.noAlarmsText')}
            />
          </div>
        ) : (
          <div className="card rows">
            {items
              .toSorted((a, b) => urgency[a.state] - urgency[b.state])
              .map((alarm) => (
                <AlarmRow key={alarm.arn} alarm={alarm} />
              ))}
          </div>
        )
      }
    </Loaded>
  )
}

function AlarmRow({ alarm }: { alarm: CloudAlarm }) {
  return (
    <Link
      to="/cloud/cloudwatch/$alarm"
      params={{ alarm: alarm.name }}
      className="row"
      style={{ alignItems: 'flex-start' }}
    >
      <StateBadge state={alarm.state} label={t(`cloud.alarm_${alarm.state}`)} />
      <div className="grow">
        <Text fw={600}>{alarm.name}</Text>
        <Text size="sm" className="dim">
          {alarmRule(alarm)}
        </Text>
        {alarm.state !== 'OK' && (
          <Text size="sm" mt={2}>
            {alarm.reason}
          </Text>
        )}
      </div>
      {alarm.since && (
        <Text size="sm" className="dim" style={{ flex: 'none' }}>
          <Ago at={alarm.since} />
        </Text>
      )}
    </Link>
  )
}
