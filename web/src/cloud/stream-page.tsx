import { useNavigate, useParams } from '@tanstack/react-router'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Loaded } from '../ui/states.tsx'
import { momentText } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { useChange, useRead } from './operate.ts'
import { Facts } from '../ui/pieces.tsx'
import { ForChangers, SettingChange } from './setting-change.tsx'
import { RecordPut, RecordsRead } from './stream-records.tsx'

interface Summary {
  StreamDescriptionSummary: {
    StreamARN: string
    StreamStatus: string
    OpenShardCount: number
    RetentionPeriodHours: number
    StreamCreationTimestamp: string
    StreamModeDetails?: { StreamMode: string }
  }
}

const REFRESH_MS = 5000

/** `/cloud/kinesis/<stream>`: its shards, and the records in them. */
export function StreamPage() {
  const { stream } = useParams({ strict: false }) as { stream: string }
  const input = { StreamName: stream }
  const query = useRead<Summary>('kinesis', 'describeStreamSummary', input, {
    refetchMs: REFRESH_MS,
  })
  const navigate = useNavigate()
  const remove = useChange('kinesis', 'deleteStream', {
    done: () => void navigate({ to: '/cloud/kinesis' }),
  })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/kinesis" name="Kinesis">
          {stream}
        </Trail>
      }
      note={t('console.oneStream')}
      actions={
        <ConfirmButton
          label={t('ui.delete')}
          text={t('console.deleteText', { name: stream })}
          run={() => remove.mutate(input)}
          isBusy={remove.isPending}
        />
      }
    >
      <Loaded query={query}>
        {({ StreamDescriptionSummary: of }) => (
          <>
            <Facts
              items={[
                [t('cloud.state'), <StateBadge key="state" state={of.StreamStatus} />],
                [t('console.shards'), of.OpenShardCount],
                [t('console.retention'), t('console.hours', { count: of.RetentionPeriodHours })],
                [t('console.capacity'), of.StreamModeDetails?.StreamMode],
                [t('cloud.created'), momentText(of.StreamCreationTimestamp)],
                [
                  'ARN',
                  <span key="arn" className="mono">
                    {of.StreamARN}
                  </span>,
                ],
              ]}
            />
            {of.StreamStatus === 'ACTIVE' && (
              <>
                <div style={{ marginTop: 12 }}>
                  <SettingChange
                    label={t('console.reshard')}
                    service="kinesis"
                    operation="updateShardCount"
                    fields={[
                      {
                        name: 'count',
                        label: t('console.shards'),
                        hint: t('console.reshardHint'),
                        value: String(of.OpenShardCount),
                        kind: 'number',
                      },
                    ]}
                    input={({ count }) => ({
                      StreamName: stream,
                      TargetShardCount: Number(count),
                      ScalingType: 'UNIFORM_SCALING',
                    })}
                  />
                </div>
                <ForChangers>
                  <RecordPut stream={stream} />
                </ForChangers>
                <RecordsRead stream={stream} />
              </>
            )}
          </>
        )}
      </Loaded>
      <Calls service="kinesis" />
    </CloudFrame>
  )
}
