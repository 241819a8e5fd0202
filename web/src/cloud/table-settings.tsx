import { Group } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { useRead } from './operate.ts'
import { SettingChange } from './setting-change.tsx'
import type { Table } from './table-model.ts'

interface Ttl {
  TimeToLiveDescription?: { TimeToLiveStatus?: string; AttributeName?: string }
}

const views = ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']

/** Expiry and stream of a table. */
export function TableSettings({ table }: { table: Table }) {
  const TableName = table.TableName
  const ttl = useRead<Ttl>('dynamodb', 'describeTimeToLive', { TableName }).data
  const { TimeToLiveStatus, AttributeName = '' } = ttl?.TimeToLiveDescription ?? {}
  const view = table.StreamSpecification?.StreamViewType ?? 'off'
  const off = { value: 'off', label: t('console.off') }
  if (!ttl) return null
  return (
    <Group mt="sm" gap="sm">
      <SettingChange
        label={t('console.ttlChange')}
        service="dynamodb"
        operation="updateTimeToLive"
        fields={[
          {
            name: 'attribute',
            label: t('console.ttl'),
            hint: t('console.ttlHint'),
            value: AttributeName,
          },
          {
            name: 'state',
            label: t('cloud.state'),
            value: TimeToLiveStatus === 'ENABLED' ? 'off' : 'on',
            kind: [{ value: 'on', label: t('console.turnedOn') }, off],
          },
        ]}
        input={({ attribute, state }) => ({
          TableName,
          TimeToLiveSpecification: { AttributeName: attribute, Enabled: state === 'on' },
        })}
      />
      <SettingChange
        label={t('console.streamChange')}
        service="dynamodb"
        operation="updateTable"
        fields={[
          {
            name: 'view',
            label: t('console.streamView'),
            value: view,
            kind: [...views.map((value) => ({ value, label: value })), off],
          },
        ]}
        input={({ view: wanted }) => ({
          TableName,
          StreamSpecification:
            wanted === 'off'
              ? { StreamEnabled: false }
              : { StreamEnabled: true, StreamViewType: wanted },
        })}
      />
    </Group>
  )
}
