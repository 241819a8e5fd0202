import { type CloudAlarm, cloudConsoleEndpoints as api } from '@madang/api'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Group, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { NotFound } from '../ui/not-found.tsx'
import { Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { momentText } from '../ui/time.tsx'
import { alarmRule } from './alarm-rule.ts'
import { Chart } from './chart.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { useChange } from './operate.ts'
import { Trail } from '../ui/link-tabs.tsx'
import { Facts, Section } from '../ui/pieces.tsx'
import { useSeries } from './series.ts'
import { useRegion } from './region.ts'

const REFRESH_MS = 5000

export function AlarmPage() {
  const { alarm: name } = useParams({ strict: false }) as { alarm: string }
  const query = useEndpoint(
    api.cloudAlarmList,
    { query: { ...useRegion(), names: name } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/cloudwatch" name="CloudWatch">
          {name}
        </Trail>
      }
      note={query.data?.items[0]?.description}
      actions={query.data?.items[0] && <AlarmDelete name={name} />}
    >
      <Loaded query={query}>
        {({ items: [alarm] }) => (alarm ? <AlarmView alarm={alarm} /> : <NotFound />)}
      </Loaded>
    </CloudFrame>
  )
}

function AlarmDelete({ name }: { name: string }) {
  const navigate = useNavigate()
  const remove = useChange('cloudwatch', 'deleteAlarms', {
    done: () => void navigate({ to: '/cloud/cloudwatch' }),
  })
  return (
    <ConfirmButton
      label={t('ui.delete')}
      text={t('console.deleteText', { name })}
      run={() => remove.mutate({ AlarmNames: [name] })}
      isBusy={remove.isPending}
    />
  )
}

function AlarmView({ alarm }: { alarm: CloudAlarm }) {
  return (
    <>
      <Facts
        items={[
          [
            t('cloud.state'),
            <Group key="state" gap="xs">
              <StateBadge state={alarm.state} label={t(`cloud.alarm_${alarm.state}`)} />
              {alarm.since && (
                <Text size="sm" className="dim">
                  {momentText(alarm.since)}
                </Text>
              )}
            </Group>,
          ],
          [t('cloud.reason'), alarm.reason],
          [t('cloud.rule'), alarmRule(alarm)],
          [t('cloud.stat'), alarm.stat],
          [
            'ARN',
            <span key="arn" className="mono">
              {alarm.arn}
            </span>,
          ],
        ]}
      />
      {alarm.metric && <AlarmChart alarm={alarm} metric={alarm.metric} />}
      <History name={alarm.name} />
      <Section title={t('ui.thread')}>
        <ThreadPanel kind="alarm" id={alarm.arn} />
      </Section>
    </>
  )
}

interface ChartProps {
  alarm: CloudAlarm
  metric: NonNullable<CloudAlarm['metric']>
}

function AlarmChart({ alarm, metric }: ChartProps) {
  const points = useSeries({ ...metric, stat: alarm.stat ?? 'Average', minutes: 180 })
  return (
    <Section title={t('cloud.lastHours', { count: 3 })}>
      <Chart
        title={`${metric.namespace} ${metric.name}`}
        lines={[{ label: metric.name, points }]}
        {...(alarm.threshold === undefined ? {} : { level: alarm.threshold })}
        height={190}
      />
    </Section>
  )
}

function History({ name }: { name: string }) {
  const query = useEndpoint(
    api.cloudAlarmHistory,
    { params: { name }, query: { ...useRegion(), limit: 50 } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Section title={t('cloud.history')}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" className="dim">
              {t('cloud.noHistory')}
            </Text>
          ) : (
            <div className="card rows">
              {items.map((change) => (
                <div key={`${change.at} ${change.kind}`} className="row">
                  <Text size="sm" className="grow">
                    {change.summary}
                  </Text>
                  <Text size="sm" className="dim" style={{ flex: 'none' }}>
                    {momentText(change.at)}
                  </Text>
                </div>
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  )
}
