import { useNavigate, useParams } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Loaded } from '../ui/states.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { useChange, useRead } from './operate.ts'
import { Facts, Section } from '../ui/pieces.tsx'
import { TableSettings } from './table-settings.tsx'
import { TableItems } from './table-items.tsx'
import { indexesOf, keysOf, keyText, type Table } from './table-model.ts'

const REFRESH_MS = 10_000

/** `/cloud/dynamodb/<table>`: its keys, and the items in it. */
export function TablePage() {
  const { table: name } = useParams({ strict: false }) as { table: string }
  const input = { TableName: name }
  const query = useRead<{ Table: Table }>('dynamodb', 'describeTable', input, {
    refetchMs: REFRESH_MS,
  })
  const navigate = useNavigate()
  const remove = useChange('dynamodb', 'deleteTable', {
    done: () => void navigate({ to: '/cloud/dynamodb' }),
  })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/dynamodb" name="DynamoDB">
          {name}
        </Trail>
      }
      note={t('console.oneTable')}
      actions={
        <ConfirmButton
          label={t('ui.delete')}
          text={t('console.deleteText', { name })}
          run={() => remove.mutate(input)}
          isBusy={remove.isPending}
        />
      }
    >
      <Loaded query={query}>
        {({ Table: table }) => (
          <>
            <TableFacts table={table} />
            {table.TableStatus === 'ACTIVE' && <TableSettings table={table} />}
            {table.TableStatus === 'ACTIVE' && <TableItems table={table} />}
            <Indexes table={table} />
          </>
        )}
      </Loaded>
      <Calls service="dynamodb" />
    </CloudFrame>
  )
}

function TableFacts({ table }: { table: Table }) {
  const keys = keysOf(table)
  const { ReadCapacityUnits: reads, WriteCapacityUnits: writes } = table.ProvisionedThroughput ?? {}
  const isOnDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST'
  const ttl = useRead<{
    TimeToLiveDescription?: { TimeToLiveStatus?: string; AttributeName?: string }
  }>('dynamodb', 'describeTimeToLive', { TableName: table.TableName }).data?.TimeToLiveDescription
  const off = <span className="dim">{t('console.off')}</span>
  return (
    <Facts
      items={[
        [t('cloud.state'), <StateBadge key="state" state={table.TableStatus} />],
        [t('console.partitionKey'), mono(keyText(table, keys.partition))],
        [t('console.sortKey'), keys.sort && mono(keyText(table, keys.sort))],
        [
          t('console.capacity'),
          isOnDemand ? t('console.onDemand') : t('console.provisioned', { reads, writes }),
        ],
        [
          t('console.items'),
          t('console.itemFacts', {
            count: table.ItemCount ?? 0,
            size: bytesText(table.TableSizeBytes ?? 0),
          }),
        ],
        [t('console.ttl'), ttl?.TimeToLiveStatus === 'ENABLED' ? mono(ttl.AttributeName!) : off],
        [
          t('console.stream'),
          table.StreamSpecification?.StreamEnabled
            ? mono(table.StreamSpecification.StreamViewType ?? '')
            : off,
        ],
        [t('cloud.created'), momentText(table.CreationDateTime)],
        ['ARN', mono(table.TableArn)],
      ]}
    />
  )
}

const mono = (text: string) => <span className="mono">{text}</span>

function Indexes({ table }: { table: Table }) {
  const indexes = indexesOf(table)
  if (indexes.length === 0) return null
  return (
    <Section title={t('console.indexes')}>
      <Text size="sm" className="dim" mb="sm">
        {t('console.indexesText')}
      </Text>
      <div className="card rows">
        {indexes.map(({ IndexName, IndexStatus }) => {
          const keys = keysOf(table, IndexName)
          const texts = [keyText(table, keys.partition), keyText(table, keys.sort)]
          return (
            <div key={IndexName} className="row">
              <div className="grow">
                <Text fw={600}>{IndexName}</Text>
                <Text size="sm" className="dim mono">
                  {texts.filter(Boolean).join(' · ')}
                </Text>
              </div>
              {IndexStatus && IndexStatus !== 'ACTIVE' && <StateBadge state={IndexStatus} />}
            </div>
          )
        })}
      </div>
    </Section>
  )
}
