import { type CloudFunctionDetail, cloudConsoleEndpoints as api } from '@madang/api'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Code, Button, Group } from '@mantine/core'
import { ExternalLink } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { Chart } from './chart.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { FunctionTest } from './function-test.tsx'
import { useChange } from './operate.ts'
import { ForChangers, SettingChange } from './setting-change.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import classes from './cloud.module.css'
import { LogEvents } from './log-events.tsx'
import { Facts, Section } from '../ui/pieces.tsx'
import { useSeries } from './series.ts'
import { useRegion } from './region.ts'

export function FunctionPage() {
  const { function: name } = useParams({ strict: false }) as { function: string }
  const query = useEndpoint(api.cloudFunctionGet, { params: { name }, query: useRegion() })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/lambda" name="Lambda">
          {name}
        </Trail>
      }
      note={query.data?.description}
      actions={
        query.data && (
          <>
            <FunctionDelete name={name} />
            <FunctionSettings detail={query.data} />
            {query.data.url && (
              <Button
                component="a"
                href={query.data.url}
                target="_blank"
                rel="noreferrer"
                leftSection={<ExternalLink size={16} />}
              >
                {t('cloud.openUrl')}
              </Button>
            )}
          </>
        )
      }
    >
      <Loaded query={query} lines={7}>
        {(detail) => (
          <>
            <Configuration detail={detail} />
            <ForChangers>
              <FunctionTest name={detail.name} />
            </ForChangers>
            <Metrics name={detail.name} />
            <Section title={t('cloud.recentLogs')}>
              <LogEvents group={detail.logGroup} />
            </Section>
          </>
        )}
      </Loaded>
    </CloudFrame>
  )
}

function FunctionDelete({ name }: { name: string }) {
  const navigate = useNavigate()
  const remove = useChange('lambda', 'deleteFunction', {
    done: () => void navigate({ to: '/cloud/lambda' }),
  })
  return (
    <ConfirmButton
      label={t('ui.delete')}
      text={t('function.deleteText', { name })}
      run={() => remove.mutate({ FunctionName: name })}
      isBusy={remove.isPending}
    />
  )
}

function FunctionSettings({ detail }: { detail: CloudFunctionDetail }) {
  return (
    <SettingChange
      label={t('function.settings')}
      service="lambda"
      operation="updateFunctionConfiguration"
      fields={[
        {
          name: 'MemorySize',
          label: t('function.memory'),
          value: String(detail.memoryMb),
          kind: 'number',
        },
        {
          name: 'Timeout',
          label: t('function.timeout'),
          value: String(detail.timeoutS),
          kind: 'number',
        },
        { name: 'Description', label: t('function.description'), value: detail.description },
      ]}
      input={({ MemorySize, Timeout, Description }) => ({
        FunctionName: detail.name,
        MemorySize: Number(MemorySize),
        Timeout: Number(Timeout),
        Description,
      })}
    />
  )
}

function Configuration({ detail }: { detail: CloudFunctionDetail }) {
  const role = detail.role.slice(detail.role.lastIndexOf('/') + 1)
  return (
    <Facts
      items={[
        [
          t('cloud.state'),
          <Group key="state" gap="xs">
            <StateBadge
              state={detail.state === 'Active' ? 'active' : detail.state}
              label={detail.state}
            />
            {detail.stateReason}
          </Group>,
        ],
        [
          t('cloud.functionUrl'),
          detail.url && (
            <a key="url" href={detail.url} target="_blank" rel="noreferrer" className="mono">
              {detail.url}
            </a>
          ),
        ],
        [
          t('cloud.urlAuth'),
          detail.urlAuth && t(detail.urlAuth === 'NONE' ? 'cloud.urlOpen' : 'cloud.urlIam'),
        ],
        [t('cloud.runtime'), detail.runtime ?? t('cloud.image')],
        [t('cloud.handler'), detail.handler && <Code key="handler">{detail.handler}</Code>],
        [t('cloud.memory'), `${detail.memoryMb} MB`],
        [t('cloud.timeout'), t('ui.secondsShort', { n: detail.timeoutS })],
        [t('cloud.codeSize'), bytesText(detail.codeSizeBytes)],
        [
          t('cloud.role'),
          <Link key="role" to="/cloud/iam/$kind/$name" params={{ kind: 'role', name: role }}>
            {role}
          </Link>,
        ],
        [t('cloud.environment'), detail.environment.join(', ')],
        [t('cloud.modified'), momentText(detail.modifiedAt)],
        [
          'ARN',
          <span key="arn" className="mono">
            {detail.arn}
          </span>,
        ],
      ]}
    />
  )
}

const milliseconds = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

function Metrics({ name }: { name: string }) {
  const of = (metric: string, stat: string) => ({
    namespace: 'AWS/Lambda',
    name: metric,
    dimensions: { FunctionName: name },
    stat,
    minutes: 180,
  })
  const invocations = useSeries(of('Invocations', 'Sum'))
  const errors = useSeries(of('Errors', 'Sum'))
  const duration = useSeries(of('Duration', 'Average'))
  return (
    <Section title={t('cloud.lastHours', { count: 3 })}>
      <div className={classes['two']}>
        <Chart
          title={t('cloud.invocations')}
          lines={[{ label: t('cloud.invocations'), points: invocations }]}
        />
        <Chart
          title={t('cloud.errors')}
          lines={[{ label: t('cloud.errors'), points: errors, colour: 'red' }]}
        />
        <Chart
          title={t('cloud.duration')}
          lines={[{ label: t('cloud.duration'), points: duration, colour: 'blue' }]}
          format={milliseconds}
        />
      </div>
    </Section>
  )
}
